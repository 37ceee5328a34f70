import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import type { RunOptions, RunResult, Script, ScriptRuntime } from "../../../host/script/index.ts";
import { GateServer } from "../../support/gate-server.ts";
import { failureOf, ScriptWorld } from "../../support/script-runtime.ts";

const IMPORT = 'import { args, echo, http_background } from "http-background/guest";\n';
/** Nobody listens there. */
const CLOSED = "http://127.0.0.1:1";

for (const workers of [0, 2]) {
  describe(`a script in JavaScript (${workers} workers)`, () => {
    let the: ScriptWorld;
    let gate: GateServer;
    let runtime: ScriptRuntime;

    before(async () => {
      const send = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Name: the name\r\n\r\nok";
      the = await ScriptWorld.create([], { otherwise: { send } });
      gate = await GateServer.start();
      const limits = { requests: 20, outputBytes: 100_000 };
      runtime = the.runtime({ workers, allow: [the.server.base, gate.base, CLOSED], limits });
    });
    after(async () => {
      await the.close();
      await gate.close();
    });

    const load = (source: string, modules?: Record<string, string>): Promise<Script> =>
      runtime.compile({ name: "hook.js", source: IMPORT + source, modules });
    const run = async (source: string, options: RunOptions = {}): Promise<RunResult> =>
      (await load(source)).run("default", options);
    const failure = async (source: string, options?: RunOptions) => failureOf(run(source, options));

    it("runs its default export, and returns what it promises", async () => {
      const { result, output } = await run(
        `export default async () => {
          const all = await Promise.all([1, 2, 3].map((n) => http_background("default", \`${the.server.base}/\${n}\`)));
          echo(args().join());
          return all.map(({ status }) => status);
        }`,
        { args: ["a", "ä"] },
      );
      assert.deepEqual([result, output], [[200, 200, 200], "a,ä\n"]);
    });

    it("is loaded with its name, its entries and its modules", async () => {
      const script = await load(
        "import { b } from './lib/b.js'; import * as given from 'given'; export const run = () => b + given.c;",
        {
          "lib/b.js": "import { c } from '../c.mjs'; export const b = c + 1;",
          "c.mjs": "export const c = 1;",
          given: "export const c = 40;",
        },
      );
      assert.deepEqual(script.entries, ["run"]);
      assert.equal((await script.run("run")).result, 42);
      assert.equal((await failureOf(script.run())).code, "NO_ENTRY");
    });

    it("waits with any number of calls, and goes on with each answer", async () => {
      const script = await load(`export default async () => {
        const first = http_background("default", "${gate.base}/first");
        const { status } = await http_background("default", "${the.server.base}/");
        echo("second " + status);
        return [(await first).content, status];
      }`);
      let output = "";
      const running = script.run("default", {
        onOutput: (bytes) => {
          output += bytes;
          if (output === "second 200\n") gate.open("late");
        },
      });
      await gate.holds(1);
      const { result, usage } = await running;
      assert.deepEqual(result, ["late", 200]);
      assert.equal(usage.requests, 2);
    });

    it("has timers, which count against the time of the run", async () => {
      const source =
        "export default async (ms) => { await new Promise((r) => setTimeout(r, Number(args()[0]))); return 1; }";
      assert.equal((await run(source, { args: ["5"] })).result, 1);
      const { code } = await failure(source, { args: ["60000"], timeout: 0.2 });
      assert.equal(code, "TIME_LIMIT");
    });

    it("is ended while it waits for many calls, and all of them with it", async () => {
      const controller = new AbortController();
      const running = failure(
        `export default () => Promise.all([1, 2, 3].map((n) => http_background("default", "${gate.base}/" + n)))`,
        { signal: controller.signal },
      );
      await gate.holds(3);
      controller.abort();
      assert.equal((await running).name, "AbortError");
      await gate.holds(0);
    });

    it("may end before its calls have answers", async () => {
      const { result } = await run(`export default async () => {
        http_background("default", "${gate.base}/");
        await http_background("default", "${the.server.base}/");
        return "early";
      }`);
      assert.equal(result, "early");
      await gate.holds(0);
    });

    it("keeps no content of calls that it has cancelled, whenever their answers come", async () => {
      const content = 1_000_000;
      const server = createServer((_request, response) => void response.end(Buffer.alloc(content)));
      await once(server.listen(0, "127.0.0.1"), "listening");
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const small = the.runtime({
        workers,
        allow: [base],
        limits: { keptBytes: 6 * content, bytesReceived: 1e9 },
      });
      const script = await small.compile({
        name: "cancels.js",
        source: `${IMPORT}export default async () => {
          for (let i = 0; i < 10; i++) {
            const controller = new AbortController();
            const { signal } = controller;
            const calls = [1, 2].map(() => http_background("default", "${base}/", {}, undefined, { signal }));
            for (const call of calls) call.then(() => controller.abort());
            for (const { content } of await Promise.all(calls)) content?.release();
          }
          return 1;
        }`,
      });
      assert.equal((await script.run()).result, 1);
      server.closeAllConnections();
      server.close();
    });

    it("says what it has thrown, where, and with which frames of its own", async () => {
      const error = await failure("export default async () => {\n  await 1;\n  null.x;\n}");
      assert.equal(error.code, "SCRIPT_ABORTED");
      assert.deepEqual(error.place, { file: "hook.js", line: 4, column: 3 });
      assert.match(error.message, /^TypeError: .* at hook\.js:4:3$/);
      assert.match(String(error.stack), /^ScriptError: TypeError: .*\n {4}at default \(hook\.js:4:3\)$/);
    });

    it("says where it has thrown, whatever its file is called", async () => {
      for (const name of ["hook (1).js", "a(b.js", "a:1:2.js", "über.js"]) {
        const script = await runtime.compile({ name, source: "export default () => {\n  null.x;\n}" });
        const error = await failureOf(script.run());
        assert.deepEqual(error.place, { file: name, line: 2, column: 3 });
      }
    });

    it("describes what it has thrown that is no error", async () => {
      const { message } = await failure("export default () => { throw { a: [1, new Map([[1, 2]])] }; }");
      assert.equal(message, "{ a: [ 1, Map(1) { 1 => 2 } ] }");
    });

    it("names the mistake of a call that it does not catch", async () => {
      const error = await failure(
        `export default () => http_background("default", "${the.server.base}/", { timeout: "x" })`,
      );
      assert.equal(error.code, "SCRIPT_ABORTED");
      assert.deepEqual([(error.cause as { option?: string }).option], ["timeout"]);
    });

    it("says why a fetch has failed that it does not catch, and where it was called", async () => {
      const source = `const get = (url) => fetch(url);\nexport default async () => {\n  await get("${CLOSED}/");\n}`;
      const error = await failure(source);
      assert.equal(error.code, "SCRIPT_ABORTED");
      assert.match(error.message, /^TypeError: fetch failed: Couldn't connect to server at hook\.js:2:\d+$/);
      assert.match(error.stack ?? "", /at get \(hook\.js:2:\d+\)\n.*hook\.js:4:\d+/);
    });

    it("says three causes of an error, whatever they are", async () => {
      const error = await failure(`class E extends Error { constructor(m) { super(m); this.cause = this; } }
        export default () => { throw new TypeError("a", { cause: new E("b") }); }`);
      assert.match(error.message, /^TypeError: a: b: b: b at hook/);
      const odd =
        "export default () => { const e = new Error('a'); Object.defineProperty(e, 'cause', ODD); throw e; }";
      for (const value of ["{ value: 'b' }", "{ get() { throw 1; } }"])
        assert.match((await failure(odd.replace("ODD", value))).message, /^Error: a at hook/, value);
    });

    it("shows errors without the frames of the library", async () => {
      const { output } = await run(
        `export default async () => {
          console.log(await fetch("http://127.0.0.1:1/").catch((error) => error));
          console.log(await http_background("default", "http://x/", { timeout: "5" }).catch((error) => error));
          try { new URL("x"); } catch (error) { console.log(error); }
        }`,
      );
      assert.match(
        output,
        /^TypeError: fetch failed\n {4}at default \(hook\.js:3:\d+\) \{\n {2}cause: \[?Error/,
      );
      assert.match(output, /\nTypeError: .*\n {4}at default \(hook\.js:5:\d+\)\n/);
      assert.doesNotMatch(output, /<null>/);
    });

    it("does not load with wrong syntax, and says where", async () => {
      const error = await failureOf(load("export default () => {\n  let = ;\n}"));
      assert.equal(error.code, "COMPILE_FAILED");
      assert.deepEqual([error.place?.file, error.place?.line], ["hook.js", 3]);
      assert.equal((await failureOf(load("null.x"))).code, "SCRIPT_ABORTED");
      for (const [source, message] of [
        ["import 'node:fs'", /"node:fs" cannot be imported/],
        ["import './b.js'", /there is no module b\.js/],
        [`import '${"x".repeat(100_000)}'`, /^TypeError: "x{48}…" cannot be imported: .* or "\.\.\/"/],
        [`import '${"€".repeat(51)}'`, /^TypeError: "€{48}…" cannot be imported: .* or "\.\.\/"/],
        [`import '${"€".repeat(50)}'`, /^TypeError: "€{50}" cannot be imported: .* or "\.\.\/"/],
        [`import './${"x".repeat(1000)}.js'`, /^TypeError: there is no module x{48}…/],
        [`await import('${"x".repeat(200)}')`, /^TypeError: "x{48}…" cannot be imported: /],
        [`import 'a"b\\n'`, /^TypeError: "a"b " cannot be imported: /],
      ] as const) {
        const refused = await failureOf(load(source));
        assert.equal(refused.code, "COMPILE_FAILED");
        assert.match(refused.message, message);
      }
      assert.equal((await failureOf(load("for (;;) {}"))).code, "COMPUTE_LIMIT");
    });

    /** What a hostile script does, and the code with which its run ends. */
    const HOSTILE: Readonly<Record<string, readonly [code: string, message?: RegExp]>> = {
      "for (;;) {}": ["COMPUTE_LIMIT"],
      "const f = () => { Promise.resolve().then(f); }; f();": ["COMPUTE_LIMIT"],
      "for (;;) await null;": ["COMPUTE_LIMIT"],
      "/(a+)+$/.test('a'.repeat(40) + 'b');": ["COMPUTE_LIMIT"],
      "return 'x'.repeat(2 ** 28);": ["MEMORY_LIMIT"],
      "return '\\u1e9b\\u0323'.repeat(1e6).normalize('NFKD').length;": ["MEMORY_LIMIT"],
      "const all = []; for (;;) all.push(new Array(1000).fill(1));": ["MEMORY_LIMIT"],
      "const all = []; for (;;) all.push(new Uint8Array(1e6));": ["MEMORY_LIMIT"],
      "(function f() { f(); })();": ["SCRIPT_TRAPPED", /recursed too deeply/],
      "JSON.parse('['.repeat(1e6));": ["SCRIPT_TRAPPED", /recursed too deeply/],
      "return { get x() { for (;;) {} } };": ["COMPUTE_LIMIT"],
      "return new Proxy({}, { ownKeys() { for (;;) {} } });": ["COMPUTE_LIMIT"],
      "return { then() { for (;;) {} } };": ["COMPUTE_LIMIT"],
      "throw { get message() { for (;;) {} }, toString() { for (;;) {} } };": ["SCRIPT_ABORTED"],
      "throw Object.assign(new Error(), { get name() { for (;;) {} } });": ["COMPUTE_LIMIT"],
      "for (;;) echo('x'.repeat(1000));": ["OUTPUT_LIMIT"],
      "return 'x'.repeat(200_000);": ["OUTPUT_LIMIT"],
      "return [].includes.call({ length: 2 ** 53 - 1 }, 1);": ["COMPUTE_LIMIT"],
      "return new Promise(() => {});": ["SCRIPT_ABORTED", /a promise that nothing settles/],
      "Promise.reject(new TypeError('lost')); return 1;": [
        "SCRIPT_ABORTED",
        /unhandled rejection: TypeError: lost/,
      ],
      "return () => 1;": ["SCRIPT_ABORTED", /the result is a function/],
      "const a = []; a[0] = a; return a;": ["SCRIPT_ABORTED", /contains itself/],
      "return await import('node:fs');": ["SCRIPT_ABORTED", /cannot be imported|no module/],
    };

    it("ends alone, with its code, whatever it does", async () => {
      const entries = Object.entries(HOSTILE);
      const script = await load(
        entries.map(([code], i) => `export async function hostile${i}() { ${code} }`).join("\n") +
          "\nexport const honest = () => 1;",
      );
      for (const [i, [code, [expected, message = /./]]] of entries.entries()) {
        const running = failureOf(script.run(`hostile${i}`, { limits: { computeMs: 400 } }));
        const honest = script.run("honest");
        const error = await running;
        assert.equal(error.code, expected, `${code}: ${error.message}`);
        assert.match(error.message, message);
        assert.equal((await honest).result, 1);
      }
    });

    it("imports in a run what it imported when it was loaded, under every name", async () => {
      const source = `import "./lib/a.js"; import "shout"; import "http-background/guest";
        const names = ["./lib/a.js", "./lib/../lib/a.js", "shout", "extras://http-background", "./main.js"];
        export default async () => {
          const all = await Promise.all(names.map((name) => import(name)));
          return [await all[0].again === all[1], all[2].default, typeof all[3].echo, "default" in all[4]];
        };`;
      const modules = {
        "lib/a.js": "export const again = import('./a.js');",
        shout: "export default 'shout';",
      };
      const script = await runtime.compile({ name: "main.js", source, modules });
      assert.deepEqual((await script.run()).result, [true, "shout", "function", true]);
    });

    it("imports later what it names where it imports it, as it would have at once", async () => {
      const modules = {
        "lib/late.js": "export const late = 1; export const later = () => import('./later.js');",
        "lib/later.js": "import { late } from './late.js'; export default late + 1;",
        "lib/broken.js": "export const = 1;",
        "lib/needy.js": "import './absent.js';",
        "lib/unnamed.js": "export default 1;",
        named: "export default 'by its name';",
      };
      const script = await load(
        `const end = (promise) => promise.then((all) => all.default, (error) => error.constructor.name + ": " + error.message);
         const name = "./lib/unnamed.js";
         export default async () => [
           await end((await import("./lib/late.js")).later()),
           await end(import('named')),
           await end(import("./lib/broken.js")),
           await end(import("./lib/needy.js")),
           await end(import("./lib/absent.js")),
           await end(import(name)),
           await end(import("../outside.js")),
         ];`,
        modules,
      );
      const absent = (name: string): string =>
        `TypeError: there is no module ${name}; a script loads its modules when it is loaded`;
      assert.deepEqual((await script.run()).result, [
        2,
        "by its name",
        "SyntaxError: variable name expected",
        "TypeError: there is no module lib/absent.js",
        absent("lib/absent.js"),
        absent("lib/unnamed.js"),
        absent("../outside.js"),
      ]);
    });

    it("is told the end of the name of a module", async () => {
      const error = await failureOf(load("import './lib'", { "lib.mjs": "export default 1" }));
      assert.equal(
        error.message,
        'TypeError: there is no module lib; there is one with ".mjs" at the end of its name',
      );
    });

    it("returns its result whatever it has done to the built-ins", async () => {
      const { result, output } = await run(`export default () => {
        const no = () => { throw new Error("replaced") };
        for (const type of [String, Set, Map, DataView, ArrayBuffer, Object.getPrototypeOf(Uint8Array), Uint8Array])
          for (const name of Object.getOwnPropertyNames(type.prototype))
            try { Object.defineProperty(type.prototype, name, name === "constructor" ? { value: no } : { get: no }) } catch {}
        echo("a\\ud800");
        return [{ text: "d", list: [1.5, -1, 2n, -3n, null, true] }, undefined];
      }`);
      assert.deepEqual(result, [{ text: "d", list: [1.5, -1, 2n, -3n, null, true] }, undefined]);
      assert.equal(output, "a\ufffd\n");
    });

    it("cannot return more values than the application can read quickly", async () => {
      assert.equal(
        ((await run("export default () => new Array(9000).fill(1)")).result as unknown[]).length,
        9000,
      );
      const error = await failure("export default () => new Array(262_144).fill(1)", {
        limits: { outputBytes: 1e9, computeMs: 30_000 },
      });
      assert.match(
        error.message,
        /the result cannot be returned: the result\[262143\] is one value more than 262144/,
      );
    });

    it("cannot make more calls than it may", async () => {
      const url = `"${the.server.base}/"`;
      const within = `export default async () => { for (let i = 0; i < 20; i++) await http_background("default", ${url}); return 1; }`;
      assert.equal((await run(within)).result, 1);
      const beyond = `export default () => Promise.all(Array.from({ length: 21 }, () => http_background("default", ${url})))`;
      assert.equal((await failure(beyond)).code, "REQUEST_LIMIT");
    });

    it("keeps nothing of a run for another one, its top-level state included", async () => {
      const script = await load(
        "let count = 0; export default () => { globalThis.seen = (globalThis.seen ?? 0) + 1; return [++count, seen]; }",
      );
      for (let i = 0; i < 3; i++) assert.deepEqual((await script.run()).result, [1, 1]);
    });

    it("has other random numbers in each run, also in top-level code", async () => {
      const script = await load(
        "const top = Math.random(); export default () => [top, Math.random(), crypto.randomUUID()]",
      );
      const results = [await script.run(), await script.run()].map(({ result }) => result as unknown[]);
      for (const i of [0, 1, 2]) assert.notEqual(results[0]?.[i], results[1]?.[i]);
    });

    it("has the time of day", async () => {
      const { result } = await run("const at = Date.now(); export default () => [at, Date.now()]");
      for (const at of result as number[]) assert.ok(Math.abs(at - Date.now()) < 60_000, String(at));
    });

    it("learns the headers of a response, and where it came from", async () => {
      const { result } = await run(`export default async () => {
        const response = await fetch("${the.server.base}/a?b#c");
        const { headers, url } = await http_background("default", "${the.server.base}/d");
        return [response.headers.get("x-name"), response.url, headers.get("X-Name"), url];
      }`);
      assert.deepEqual(result, ["the name", `${the.server.base}/a?b`, "the name", `${the.server.base}/d`]);
    });

    it("reads what it was granted, and posts it", async () => {
      const { result } = await run(
        `import { File } from "http-background/guest";
        export default async () => {
          const file = File.named("mail");
          const { status } = await http_background("default", "${the.server.base}/", {}, file);
          return [await file.text(), status];
        }`,
        { files: { mail: "the text" } },
      );
      assert.deepEqual(result, ["the text", 200]);
      assert.equal(the.server.requests.at(-1)?.body.toString(), "the text");
    });

    it("is TypeScript if it says so, in the same lines and columns", async () => {
      const script = await runtime.compile({
        name: "hook.mts",
        source:
          "interface A { b: number }\nexport default (a?: A): number => {\n  const b: number = 1; throw new Error('here' as string);\n}",
      });
      const error = await failureOf(script.run());
      assert.deepEqual(error.place, { file: "hook.mts", line: 3, column: 34 });
    });
  });
}
