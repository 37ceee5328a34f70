import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import {
  compileScript,
  createScriptRuntime,
  type RunOptions,
  type Script,
  type ScriptRuntime,
  type ScriptRuntimeOptions,
} from "../../host/script/index.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call, echo, start } from "../support/script-wat.ts";

/** A server whose responses the test sends. */
class Gate {
  readonly server = createServer((request, response) => {
    const path = request.url ?? "";
    response.on("close", () => {
      if (this.#open.get(path) === response) this.#open.delete(path);
      this.#closed.get(path)?.();
    });
    this.#open.set(path, response);
    this.seen.push(path);
    for (const wake of this.#arrivals.splice(0)) wake();
    if (path.startsWith("/now")) this.answer(path);
  });
  readonly seen: string[] = [];
  readonly #open = new Map<string, ServerResponse>();
  readonly #closed = new Map<string, () => void>();
  #arrivals: (() => void)[] = [];

  get base(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Resolves when these requests are there. */
  async arrived(...paths: string[]): Promise<void> {
    while (!paths.every((path) => this.#open.has(path)))
      await new Promise<void>((resolve) => this.#arrivals.push(resolve));
  }

  answer(path: string, content = path.slice(1)): void {
    this.#open.get(path)?.setHeader("content-length", content.length).end(content);
    this.#open.delete(path);
  }

  /** Resolves when the connection of a request that has no answer is closed. */
  closed(path: string): Promise<void> {
    return new Promise((resolve) => this.#closed.set(path, resolve));
  }
}

const SOURCE = `
import { args, Call, echo, http_background, start, waitAny } from "http-background/assembly";

function url(path: string): string { return args()[0] + path; }

export function inTurn(): void {
  const a = start("default", url("/a"));
  const b = start("default", url("/b"), { method: "POST" }, "body");
  echo(b.wait().text + a.wait().text + b.wait().text);
}

export function any(): void {
  let calls = [start("default", url("/a")), start("default", url("/b")), start("default", url("/c"))];
  while (calls.length > 0) {
    const first = waitAny(calls);
    echo(first.wait().text);
    calls.splice(calls.indexOf(first), 1);
  }
}

export function mistaken(): void {
  const fine = start("default", url("/now"));
  const wrong = start("nowhere", url("/"));
  echo(fine.wait().text);
  wrong.wait();
}

export function many(): void {
  const calls: Call[] = [];
  for (let i = 0; i < 6; i++) calls.push(start("default", url("/now" + i.toString())));
  let sum = 0;
  for (let i = 0; i < 2; i++) sum += calls[3 * i].wait().text.length;
  while (calls.length > 0) {
    const first = waitAny(calls);
    const blocking = http_background("default", url("/nowadays"));
    sum += first.wait().text.length + blocking.text.length;
    calls.splice(calls.indexOf(first), 1);
  }
  echo(sum);
}
`;
/** What `many` puts out: the contents are "now0" to "now5", two of them twice, and "nowadays" six times. */
const SUM = 6 * 4 + 2 * 4 + 6 * 8;

let gate: Gate;
let http: HttpBackground;
let wasm: Uint8Array;
before(async () => {
  gate = new Gate();
  await once(gate.server.listen(0, "127.0.0.1"), "listening");
  http = await createHttpBackground({ threads: [{ id: "default" }] });
  ({ wasm } = await compileScript({ name: "calls.ts", source: SOURCE }));
});
after(async () => {
  await http.destroy();
  gate.server.closeAllConnections();
  gate.server.close();
});

for (const workers of [0, 2]) {
  describe(`calls that a script has started, with ${workers} workers`, () => {
    const runtimes: ScriptRuntime[] = [];
    after(async () => {
      for (const runtime of runtimes) await runtime.destroy();
    });

    function runtimeWith(options: Partial<ScriptRuntimeOptions> = {}): ScriptRuntime {
      const runtime = createScriptRuntime({ http, allow: [gate.base], workers, ...options });
      runtimes.push(runtime);
      return runtime;
    }

    async function runSource(entry: string, onOutput?: RunOptions["onOutput"]): Promise<string> {
      const script = await runtimeWith().load(wasm);
      return (await script.run(entry, { args: [gate.base], onOutput })).output;
    }

    /** A script with the calls a, b, c and now. */
    function load(body: string, options?: Partial<ScriptRuntimeOptions>): Promise<Script> {
      const paths = ["a", "b", "c", "now"];
      const data = Object.fromEntries(paths.map((path) => [path, ["default", `${gate.base}/${path}`]]));
      const locals = "(local $a i32) (local $b i32) (local $c i32)";
      const text = `(func (export "main") ${locals} ${body})`;
      return runtimeWith(options).load(assembleScript({ body: text, data: { ...data, text: "text" } }));
    }

    const set = (name: string): string => `(local.set $${name} ${start(name)})`;
    const get = (name: string): string => `(call $echo_content (call $wait (local.get $${name})))`;

    it("are made at the same time, and waited for in any order", async () => {
      const running = runSource("inTurn");
      await gate.arrived("/a", "/b");
      gate.answer("/a");
      gate.answer("/b");
      assert.equal(await running, "bab\n");
    });

    it("can be waited for together: the first reply counts, also one that came before", async () => {
      const order = ["/c", "/a", "/b"];
      const answerNext = (): void => gate.answer(order.shift() ?? "");
      const running = runSource("any", answerNext);
      await gate.arrived("/a", "/b", "/c");
      answerNext();
      assert.equal(await running, "c\na\nb\n");
    });

    it("report a mistake when the reply is taken, with the place of the start", async () => {
      const script = await runtimeWith().load(wasm);
      const { code, message, output } = await failureOf(script.run("mistaken", { args: [gate.base] }));
      assert.deepEqual([code, output], ["SCRIPT_ABORTED", "now\n"]);
      assert.match(message, /^Missing ID in configuration at calls\.ts:23:17$/);
    });

    it("may be many, in many runs, with calls that block between them", async () => {
      const script = await runtimeWith({ limits: { timeout: 600 } }).load(wasm);
      const runs = Array.from({ length: 3 }, () => script.run("many", { args: [gate.base] }));
      for (const { output, usage } of await Promise.all(runs)) {
        assert.equal(output, `${SUM}\n`);
        assert.equal(usage.requests, 12);
      }
    });

    it("keep their replies while the script waits for another one, and goes on", async () => {
      const script = await load(`${set("a")} ${set("b")} ${get("b")} ${echo("text")} ${get("a")}`);
      const running = script.run();
      await gate.arrived("/a", "/b");
      gate.answer("/a");
      gate.answer("/b");
      const { output, usage } = await running;
      assert.deepEqual([output, usage.requests], ["btexta", 2]);
    });

    it("can be announced, and taken later", async () => {
      const list = "(i32.store (i32.const 16) (local.get $a)) (i32.store (i32.const 20) (local.get $b))";
      const any = "(local.set $c (call $wait_any (i32.const 16) (i32.const 2)))";
      const taken = "(call $echo_content (call $wait (local.get $c)))";
      const script = await load(
        `${set("a")} ${set("b")} ${list} ${any} ${any} (drop ${call("now")}) ${any} ${taken} ${get("a")}`,
      );
      const running = script.run();
      await gate.arrived("/a", "/b");
      gate.answer("/b");
      await gate.arrived("/a");
      gate.answer("/a");
      assert.equal((await running).output, "ba");
    });

    it("end with the run, however it ends", async () => {
      const endings: readonly (readonly [rest: string, options: RunOptions, code: string | undefined])[] = [
        [`(drop ${call("now")})`, {}, undefined],
        [`(drop ${call("now")}) (unreachable)`, {}, "SCRIPT_TRAPPED"],
        [`(drop ${call("now")}) ${echo("text")}`, { limits: { outputBytes: 1 } }, "OUTPUT_LIMIT"],
      ];
      for (const [rest, options, code] of endings) {
        const closed = Promise.all([gate.closed("/a"), gate.closed("/b")]);
        const running = (await load(`${set("a")} ${set("b")} ${rest}`)).run("main", options);
        if (code === undefined) await running;
        else assert.equal((await failureOf(running)).code, code);
        await closed;
        assert.equal(http.stats().default?.active, 0);
      }
    });

    it("end when the run is aborted", async () => {
      const ending = new AbortController();
      const closed = Promise.all([gate.closed("/a"), gate.closed("/b")]);
      const script = await load(`${set("a")} ${set("b")} ${get("a")}`);
      const running = assert.rejects(script.run("main", { signal: ending.signal }), { name: "AbortError" });
      await gate.arrived("/a", "/b");
      ending.abort();
      await running;
      await closed;
    });

    it("are never made if the script does not wait for anything", async () => {
      const before = gate.seen.length;
      const { usage } = await (await load(set("a"))).run();
      assert.deepEqual([gate.seen.length - before, usage.requests], [0, 0]);
    });

    it("are limited in their number: those that are not taken count", async () => {
      const three = `${set("a")} ${set("b")}`;
      const limits = { concurrentCalls: 3 };
      const atLimit = await load(`${three} (drop ${call("now")}) (drop ${call("now")})`, { limits });
      assert.equal((await atLimit.run()).usage.requests, 4);
      for (const body of [`${three} ${set("c")} ${set("c")}`, `${three} ${set("c")} (drop ${call("now")})`]) {
        const { code, message } = await failureOf((await load(body, { limits })).run());
        assert.equal(code, "CALL_LIMIT");
        assert.match(message, /more than 3 calls at the same time \(limits\.concurrentCalls\)$/);
      }
      assert.equal(http.stats().default?.active, 0);
    });

    it("are limited as all requests of the run are", async () => {
      const body = `${set("a")} ${set("b")} (drop ${call("now")})`;
      assert.equal((await (await load(body, { limits: { requests: 3 } })).run()).usage.requests, 3);
      assert.equal(
        (await failureOf((await load(body, { limits: { requests: 2 } })).run())).code,
        "REQUEST_LIMIT",
      );
    });

    it("are on the run's account: replies that are not taken, and contents that are not released", async () => {
      const body = `${set("a")} ${set("b")} ${get("b")}`;
      for (const [keptBytes, code] of [
        [80_000, "KEPT_LIMIT"],
        [300_000, undefined],
      ] as const) {
        const running = (await load(body, { limits: { keptBytes } })).run();
        const failing = code === undefined ? undefined : failureOf(running);
        await gate.arrived("/a", "/b");
        gate.answer("/a", "a".repeat(90_000));
        if (failing !== undefined) assert.equal((await failing).code, code);
        gate.answer("/b");
        if (failing === undefined) assert.equal((await running).output, "b");
      }
    });

    it("cannot be announced without end: what is not taken counts as a request", async () => {
      const list = "(i32.store (i32.const 16) (local.get $a)) (i32.store (i32.const 20) (local.get $b))";
      const any = (at: number): string => `(drop (call $wait_any (i32.const ${at}) (i32.const 1)))`;
      const body = `(local.set $a ${start("now")}) (local.set $b ${start("now")}) ${list}
        (loop $again ${any(16)} ${any(20)} (br $again))`;
      const { code, usage } = await failureOf((await load(body, { limits: { requests: 50 } })).run());
      assert.deepEqual([code, usage?.requests], ["REQUEST_LIMIT", 2]);
    });

    const WRONG: readonly (readonly [body: string, message: RegExp])[] = [
      ["(drop (call $wait (i32.const 0)))", /waits for the call 0, which it has not started/],
      [`(drop (call $wait (i32.const 1)))`, /waits for the call 1,/],
      [`${set("a")} (drop (call $wait (i32.const -1)))`, /waits for the call -1,/],
      [
        `(local.set $a ${start("now")}) ${get("a")} ${get("a")}`,
        /waits for the call 1, .* or has waited for/,
      ],
      [`(drop (call $wait_any (i32.const 16) (i32.const 0)))`, /waits for none of its calls/],
      [`${set("a")} (drop (call $wait_any (i32.const 16) (i32.const 1)))`, /waits for the call 0,/],
      [`${set("a")} (drop (call $wait_any (i32.const 16) (i32.const 2)))`, /more calls than it has started/],
      [`${set("a")} (drop (call $wait_any (i32.const 16) (i32.const -1)))`, /more calls than it has started/],
      [`${set("a")} (drop (call $wait_any (i32.const -2) (i32.const 1)))`, /bytes at 4294967294 of a memory/],
      ["(drop (call $start (i32.const -2) (i32.const 10)))", /bytes at 4294967294 of a memory/],
    ];
    for (const [body, message] of WRONG) {
      it(`end the run if it waits for what there is not: ${message.source}`, async () => {
        const error = await failureOf((await load(body)).run());
        assert.equal(error.code, "SCRIPT_TRAPPED");
        assert.match(error.message, message);
      });
    }

    const standsStill = "let the time of the run stand still only while all of them wait for the host";
    if (workers === 0)
      it(standsStill, async () => {
        let decide = (_isAllowed: boolean): void => {};
        const decision = new Promise<boolean>((resolve) => {
          decide = resolve;
        });
        const asked = { origin: gate.base, paths: ["/a"], decide: () => decision, decideCountsTime: false };
        const allow = [asked, { origin: gate.base, paths: ["/b"] }];
        const both = await load(`${set("a")} ${set("b")} ${get("b")}`, { allow, limits: { timeout: 0.5 } });
        assert.equal((await failureOf(both.run())).code, "TIME_LIMIT");
        const alone = (await load(`${set("a")} ${get("a")}`, { allow, limits: { timeout: 3 } })).run();
        await new Promise((resolve) => setTimeout(resolve, 3100));
        decide(true);
        await gate.arrived("/a");
        gate.answer("/a");
        assert.equal((await alone).output, "a");
      });
  });
}
