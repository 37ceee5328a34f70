import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { after, before, describe, it } from "node:test";
import {
  createScriptRuntime,
  type Script,
  ScriptError,
  type ScriptRuntime,
} from "../../host/script/index.ts";
import { failureOf, ScriptWorld } from "../support/script-runtime.ts";
import { assembleScript, call, echo } from "../support/script-wat.ts";

let world: ScriptWorld;
let runtime: ScriptRuntime;

before(async () => {
  world = await ScriptWorld.create();
  runtime = world.runtime();
});
after(() => world.close());

const load = (body: string, data: Record<string, unknown> = {}): Promise<Script> =>
  runtime.load(assembleScript({ body, data }));

const request = (path: string, ...more: unknown[]): unknown[] => [
  "default",
  world.server.base + path,
  ...more,
];

describe("a run", () => {
  it("gives what the script puts out and what its entry returns", async () => {
    const script = await load(
      `(func (export "main") (result i32) ${echo("text")} ${echo("more")} (i32.const -7))`,
      { text: "grüße, ", more: "welt\n" },
    );
    const { output, outputBytes, result } = await script.run("main");
    assert.deepEqual([output, result], ["grüße, welt\n", -7]);
    assert.deepEqual(outputBytes, Buffer.from("grüße, welt\n"));
  });

  it("has a result for an entry that returns any kind of number, or none", async () => {
    const script = await load(`
      (func (export "float") (result f64) (f64.const 0.5))
      (func (export "long") (result i64) (i64.const 9007199254740993))
      (func (export "nothing"))`);
    assert.equal((await script.run("float")).result, 0.5);
    assert.equal((await script.run("long")).result, 9007199254740993n);
    assert.equal((await script.run("nothing")).result, undefined);
  });

  it("begins with main unless told otherwise", async () => {
    const script = await load('(func (export "main") (result i32) (i32.const 1)) (func (export "other"))');
    assert.equal((await script.run()).result, 1);
    assert.deepEqual(script.entries, ["main", "other"]);
  });

  it("does not begin with what is no entry", async () => {
    const script = await load(`
      (func (export "main") (param i32)) (func (export "two") (result i32 i32) (i32.const 1) (i32.const 2))
      (func (export "fine"))`);
    assert.deepEqual(script.entries, ["fine"]);
    for (const name of [
      "main",
      "two",
      "nope",
      "memory",
      "http_background_alloc",
      "asyncify_stop_unwind",
      "toString",
    ]) {
      const error = await failureOf(script.run(name));
      assert.ok(error instanceof ScriptError);
      assert.deepEqual([error.code, /its entries are "fine"/.test(error.message)], ["NO_ENTRY", true]);
    }
  });

  const MISTAKES: readonly (readonly [args: unknown[], option: string, message: RegExp])[] = [
    [[{ args: ["a"] }], "entry", /must be the name of an exported function; options come after it/],
    [[null], "entry", /must be the name/],
    [["main", { args: "a" }], "args", /must be an array of strings and bytes/],
    [["main", { args: [5] }], "args", /must be an array of strings and bytes/],
    [["main", { signal: new AbortController() }], "signal", /must be an AbortSignal/],
    [["main", { onOutput: "x" }], "onOutput", /must be a function/],
    [["main", { x509: { a: "x" } }], "x509.a", /is no certificate in PEM/],
    [["main", { privateKeys: { a: "x" } }], "privateKeys.a", /is no private key in PEM/],
  ];

  it("says which argument is wrong, and what it must be", async () => {
    const script = await load('(func (export "main"))');
    for (const [args, option, message] of MISTAKES) {
      const error = await failureOf((script.run as (...args: unknown[]) => Promise<unknown>)(...args));
      assert.deepEqual([error.code, (error as { option?: string }).option], ["BAD_ARGUMENT", option]);
      assert.match(error.message, message);
    }
  });

  it("is suspended while its request is done, and goes on with the reply", async () => {
    const script = await load(
      `(func (export "main") (call $echo_content ${call("first")}) (call $echo_content ${call("second")}))`,
      { first: request("/first", { headers: ["X-A: 1"] }), second: request("/second", {}, "a=b") },
    );
    const { output } = await script.run();
    assert.equal(output, "okok");
    const [first, second] = world.server.requests.slice(-2);
    assert.deepEqual([first?.method, first?.target], ["GET", "/first"]);
    assert.deepEqual([second?.method, second?.target, second?.body.toString()], ["POST", "/second", "a=b"]);
  });

  it("has its arguments, strings and bytes, in order", async () => {
    const script = await load('(func (export "main") (call $echo_record (call $arguments)))');
    const args = ["ä", Buffer.from([0, 255]), ""];
    const { outputBytes } = await script.run("main", { args });
    assert.deepEqual(outputBytes, Buffer.from([0x93, 0xa2, 0xc3, 0xa4, 0xc6, 0, 0, 0, 2, 0, 255, 0xa0]));
    assert.deepEqual((await script.run("main")).outputBytes, Buffer.from([0x90]));
  });

  it("sees the files that it was granted, by name, and no others", async () => {
    const script = await load(
      `(func (export "main") (result i32) (local $handle i32) (local $ptr i32)
         (local.set $handle (call $resource (i32.const 1) (global.get $name) (global.get $name_len)))
         (if (i32.lt_s (local.get $handle) (i32.const 0)) (then (return (local.get $handle))))
         (local.set $ptr (call $alloc (i32.const 100)))
         (call $echo (local.get $ptr) (call $read (local.get $handle) (f64.const 1) (local.get $ptr) (i32.const 100)))
         (i32.trunc_f64_s (call $size (local.get $handle))))`,
      { name: "mail" },
    );
    const run = async (files: Record<string, unknown>) => {
      const { output, result } = await script.run("main", { files: files as Record<string, string> });
      return [output, result];
    };
    assert.deepEqual(await run({ mail: "hello" }), ["ello", 5]);
    assert.deepEqual(await run({ mail: Buffer.from("abc") }), ["bc", 3]);
    assert.deepEqual(await run({ mail: new Blob(["four"]) }), ["", 4]);
    assert.deepEqual(await run({ male: "hello" }), ["", -1]);
    assert.deepEqual(await run({}), ["", -1]);
  });

  it("sends a granted file without its bytes entering the script", async () => {
    const script = await load(
      `(func (export "main") (local $handle i32)
         (local.set $handle (call $resource (i32.const 1) (global.get $name) (global.get $name_len)))
         ;; The handle is the little-endian number in the extension at the end of the arguments.
         (i32.store (i32.sub (i32.add (global.get $args) (global.get $args_len)) (i32.const 12)) (local.get $handle))
         (drop ${call("args")}))`,
      { name: "mail", args: fileArgs(request("/upload")) },
    );
    await script.run("main", { files: { mail: new Blob(["some mail"]) } });
    assert.equal(world.server.requests.at(-1)?.body.toString(), "some mail");
  });

  it("finds certificates and keys under their own names only", async () => {
    const { privateKey } = generateKeyPairSync("ed25519");
    const script = await load(
      `(func (export "main") (result i32)
         (i32.add
           (call $resource (i32.const 3) (global.get $name) (global.get $name_len))
           (i32.mul (i32.const 10) (call $resource (i32.const 2) (global.get $name) (global.get $name_len)))))`,
      { name: "own" },
    );
    const { result } = await script.run("main", { privateKeys: { own: privateKey } });
    assert.equal(result, -10);
    const pem = privateKey.export({ type: "pkcs8", format: "pem" });
    assert.equal((await script.run("main", { privateKeys: { own: pem as string } })).result, -10);
  });

  it("is refused for options that are not what they should be", async () => {
    const script = await load('(func (export "main"))');
    const refusals: [options: object, option: string][] = [
      [{ args: "x" }, "args"],
      [{ args: [1] }, "args"],
      [{ signal: {} }, "signal"],
      [{ files: { a: 5 } }, "files.a"],
      [{ x509: { a: "no pem" } }, "x509.a"],
      [{ privateKeys: { a: "no pem" } }, "privateKeys.a"],
      [{ timeout: 0 }, "limits.timeout"],
      [{ timeout: "5" }, "limits.timeout"],
    ];
    for (const [options, option] of refusals) {
      await assert.rejects(script.run("main", options), { name: "HttpBackgroundError", option });
    }
  });

  it("forgets content that the script releases, and nothing that it was granted", async () => {
    const script = await load(
      `(func (export "main") (result f64) (local $handle i32) (local $file i32)
         (local.set $file (call $resource (i32.const 1) (global.get $name) (global.get $name_len)))
         (local.set $handle (call $handle_of ${call("args")}))
         (call $release (local.get $file))
         (if (f64.ne (call $size (local.get $handle)) (f64.const 2)) (then (unreachable)))
         (call $release (local.get $handle))
         (if (call $read (local.get $handle) (f64.const 0) (i32.const 0) (i32.const 2)) (then (unreachable)))
         (f64.add (call $size (local.get $handle)) (f64.mul (f64.const 10) (call $size (local.get $file)))))`,
      { name: "file", args: request("/") },
    );
    assert.equal((await script.run("main", { files: { file: "12345" } })).result, 49);
  });

  it("is told of a mistake in a call, and may live with it", async () => {
    const script = await load(`(func (export "main") (call $echo_record ${call("args")}))`, {
      args: ["default", world.server.base, { timeout: "5" }],
    });
    const { output } = await script.run();
    assert.match(output, /throws.*Bad timeout value.*BAD_OPTION.*timeout/);
  });

  it("has an error and its sentence for a transfer that fails", async () => {
    const script = await load(
      `(func (export "main") (call $echo_record ${call("port")}) (call $echo_record ${call("scheme")}))`,
      { port: ["default", "http://127.0.0.1:1/"], scheme: ["default", `ftp${world.server.base.slice(4)}`] },
    );
    const { output } = await script.run();
    assert.match(output, /Request denied by policy.*DENIED/s);
    assert.match(output, /Unsupported protocol.*UNSUPPORTED_PROTOCOL/s);
  });
});

describe("a run that fails", () => {
  it("says why it trapped, what it had put out, and leaves the next run alone", async () => {
    const script = await load(
      `(func (export "main") ${echo("text")} (unreachable)) (func (export "fine") ${echo("text")})`,
      { text: "so far" },
    );
    const error = await failureOf(script.run());
    assert.ok(error instanceof ScriptError);
    assert.deepEqual([error.code, error.output], ["SCRIPT_TRAPPED", "so far"]);
    assert.match(error.message, /the script trapped: unreachable/);
    assert.equal((await script.run("fine")).output, "so far");
  });

  it("traps in every phase and harms no other", async () => {
    const script = await load(
      `(func (export "before") (unreachable))
       (func (export "after") (drop ${call("args")}) (unreachable))
       (func (export "deep") (call $deep (i32.const 0)))
       (func $deep (param i32) (call $deep (i32.add (local.get 0) (i32.const 1))))
       (func (export "outside") (i32.store (i32.const -4) (i32.const 1)))
       (func (export "echoes") (call $echo (i32.const -16) (i32.const 32)))
       (func (export "asks") (drop (call $call (i32.const 100) (i32.const -1))))
       (func (export "fine") (call $echo_content ${call("args")}))`,
      { args: request("/") },
    );
    const fine = Array.from({ length: 20 }, () => script.run("fine"));
    for (const entry of ["before", "after", "deep", "outside", "echoes", "asks"]) {
      assert.equal((await failureOf(script.run(entry))).code, "SCRIPT_TRAPPED", entry);
      fine.push(script.run("fine"));
    }
    for (const { output } of await Promise.all(fine)) assert.equal(output, "ok");
  });

  it("names the message and the place of an abort", async () => {
    const text = (text: string): Buffer => {
      const bytes = Buffer.alloc(4 + 2 * text.length);
      bytes.writeUInt32LE(2 * text.length);
      bytes.write(text, 4, "utf16le");
      return bytes;
    };
    const script = await load(
      `(func (export "main") (call $abort (i32.add (global.get $message) (i32.const 4)) (i32.add (global.get $file) (i32.const 4)) (i32.const 12) (i32.const 5)))
       (func (export "wild") (call $abort (i32.const -1) (i32.const 2) (i32.const 12) (i32.const 5)))`,
      { message: text("no such thing\u001b[2J"), file: text("hook.ts") },
    );
    const error = await failureOf(script.run());
    assert.equal(error.code, "SCRIPT_ABORTED");
    assert.equal(error.message, "no such thing [2J at hook.ts:12:5");
    assert.deepEqual(error.place, { file: "hook.ts", line: 12, column: 5 });
    assert.equal((await failureOf(script.run("wild"))).message, "abort");
  });

  it("is rejected with the reason of its signal, wherever it is", async () => {
    const script = await load(`(func (export "main") (drop ${call("args")}))`, { args: request("/") });
    const controller = new AbortController();
    const run = script.run("main", { signal: controller.signal });
    controller.abort(new Error("enough"));
    await assert.rejects(run, /enough/);
    await assert.rejects(script.run("main", { signal: controller.signal }), /enough/);
  });

  it("may share its signal with any number of others", async () => {
    const script = await load(`(func (export "main") (drop ${call("args")}))`, { args: request("/") });
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on("warning", onWarning);
    const controller = new AbortController();
    const runs = Array.from({ length: 30 }, () => script.run("main", { signal: controller.signal }));
    await Promise.all(runs.slice(0, 5));
    controller.abort(new Error("enough"));
    const ended = await Promise.allSettled(runs);
    await new Promise(setImmediate);
    process.off("warning", onWarning);
    assert.ok(ended.some(({ status }) => status === "rejected"));
    assert.deepEqual(warnings, []);
  });
});

describe("a runtime", () => {
  it("refuses to be made of what it cannot use", () => {
    assert.throws(() => world.runtime({ http: {} as never }), { code: "BAD_CONFIG", option: "http" });
    assert.throws(() => createScriptRuntime(world.http as never), {
      code: "BAD_CONFIG",
      option: "http",
      message: "http: it is a member of the options: createScriptRuntime({ http })",
    });
    assert.throws(() => world.runtime({ allow: ["example.com"] }), {
      code: "BAD_CONFIG",
      option: "policy.allow[0]",
    });
    for (const [key, value] of [
      ["blocks", ["10.0.0.0/8"]],
      ["policy", {}],
      ["environmentProxy", "false"],
      ["environmentProxy", null],
      ["onOrigin", "print"],
      ["onRequest", "print"],
    ]) {
      const options = { [String(key)]: value } as never;
      assert.throws(() => world.runtime(options), { code: "BAD_CONFIG", option: key });
    }
    assert.throws(() => world.runtime({ limits: { pages: 5 } as never }), {
      code: "BAD_CONFIG",
      option: "limits.pages",
    });
    assert.throws(() => world.runtime({ limits: { requests: 1.5 } }), {
      code: "BAD_CONFIG",
      option: "limits.requests",
    });
  });

  it("lets runs go on when it is closed, and takes no more", async () => {
    const closing = world.runtime();
    const script = await closing.load(
      assembleScript({
        body: `(func (export "main") (call $echo_content ${call("args")}))`,
        data: { args: request("/") },
      }),
    );
    const run = script.run();
    await closing.close();
    assert.equal((await run).output, "ok");
    assert.equal((await failureOf(script.run())).code, "CLOSED");
    assert.equal((await failureOf(closing.load(new Uint8Array()))).code, "CLOSED");
  });

  it("ends its runs when it is destroyed", async () => {
    const slow = await ScriptWorld.create([], { otherwise: {} });
    const destroyed = slow.runtime();
    const script = await destroyed.load(
      assembleScript({
        body: `(func (export "main") (drop ${call("args")}))`,
        data: { args: ["default", slow.server.base] },
      }),
    );
    const run = failureOf(script.run());
    await destroyed.destroy();
    assert.equal((await run).code, "CLOSED");
    await slow.close();
  });
});

/** Arguments whose post is a File with handle 0, of 9 bytes. */
function fileArgs([id, url]: unknown[]): Buffer {
  const texts = [id, url].map((text) => {
    const bytes = Buffer.from(text as string);
    return Buffer.concat([Buffer.from([0xd9, bytes.length]), bytes]);
  });
  const file = Buffer.alloc(15);
  file.set([0xc7, 12, 1]);
  file.writeDoubleLE(9, 7);
  return Buffer.concat([Buffer.from([0x94]), ...texts, Buffer.from([0x80]), file]);
}
