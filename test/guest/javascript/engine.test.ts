import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { Engine } from "../../../host/guest/engine/engine.ts";
import type { Link } from "../../../host/guest/engine/engine-options.ts";
import type { Continuation, Step, Waiting } from "../../../host/guest/engine/step.ts";
import type { GuestCall } from "../../../host/guest/engine/task.ts";
import { makeEngineImage } from "../../../host/guest/javascript/engine-image.ts";
import { type HostCall, hostCall } from "../../../host/guest/javascript/host-call.ts";
import { engineImports } from "../../../host/guest/javascript/imports.ts";
import type { RunEnd } from "../../../host/guest/javascript/javascript-suspension.ts";
import { type EngineImage, engineGuest } from "../../../host/guest/javascript/module-rules.ts";
import { readQuickJsWasm } from "../../../host/guest/javascript/quickjs-wasm.ts";
import { ResultReader } from "../../../host/guest/javascript/result-reader.ts";
import {
  LoadFailure,
  makeScriptImage,
  type ScriptImage,
} from "../../../host/guest/javascript/script-image.ts";

const PRELUDE = `{
  const host = globalThis.__host;
  const open = new Map();
  globalThis.__answer = (call, answer) => {
    const { resolve } = open.get(call);
    open.delete(call);
    resolve(String.fromCharCode(...new Uint8Array(answer)));
  };
  const call = (text) => new Promise((resolve) => open.set(host.call(host.encodeText(text)), { resolve }));
  globalThis.__guest = { call, cancel: host.cancel, echo: host.echo };
  let seed = 0;
  globalThis.__begin = () => { seed = 0; };
  Math.random = () => seed ||= new Uint8Array(host.random(1))[0] / 256;
}`;

/** One run. */
class TestRun implements GuestCall<RunEnd, TestRun> {
  readonly name = "qjs_call";
  readonly args: Uint8Array;
  readonly image: ScriptImage["image"];
  readonly cancelled: number[] = [];
  output = "";
  #computedMs = Number.POSITIVE_INFINITY;

  constructor({ image }: ScriptImage, entry = "default", mostMs?: number) {
    this.image = image;
    this.args = Buffer.from(entry);
    if (mostMs !== undefined) this.#computedMs = mostMs;
  }

  get context(): TestRun {
    return this;
  }

  readResult(_instance: unknown, returned: unknown): RunEnd {
    return returned as RunEnd;
  }

  onCancel(number: number): void {
    this.cancelled.push(number);
  }

  checkTime(ms: number): void {
    if (ms > this.#computedMs) throw new Error("it takes too long");
  }
}

const CALLS: Readonly<Record<string, HostCall<TestRun>>> = {
  random: hostCall(["number"], ([length]) => Buffer.alloc(length, 7)),
  echo: hostCall(["text"], ([text], { fiber }) => {
    fiber.context.output += text;
    return undefined;
  }),
  call: hostCall(["place"], ([{ ptr, length }], { fiber, suspension }) => {
    return fiber.onAsk(ptr, length, suspension.nextCall());
  }),
  cancel: hostCall(["number"], ([number], { fiber }) => {
    fiber.onCancel(number);
    return undefined;
  }),
};

const OPTIONS = {
  link: (link: Link<TestRun>) => engineImports(link, { calls: CALLS, now: () => 1_234_567_890_123 }),
  answerTo: () => new Uint8Array(0),
};

const NO_LIMIT = { checkTime: (): void => {} };

for (const isConfined of [false, true]) {
  describe(`the engine of JavaScript, ${isConfined ? "confined" : "at its own speed"}`, () => {
    let image: EngineImage;
    let engine: Engine<TestRun>;

    before(async () => {
      const wasm = await readQuickJsWasm();
      image = await makeEngineImage({ wasm, prelude: PRELUDE, calls: CALLS, isConfined, memoryPages: 256 });
      engine = new Engine(engineGuest(image.module, isConfined, image), OPTIONS);
    });

    /** Loads a script of one or more modules. The first one is the script. */
    const load = (main: string, others: Record<string, string> = {}): ScriptImage => {
      const texts = new Map(Object.entries({ "main.js": main, ...others }));
      const resolve = (_importer: string, name: string): string => name.replace("./", "");
      return makeScriptImage(engine, { main: "main.js", read: (name) => texts.get(name), resolve }, NO_LIMIT);
    };

    const step = (
      run: TestRun,
      from?: Waiting,
      answers: Record<number, string> = {},
      open = 0,
    ): Step<RunEnd> => {
      if (from === undefined) return engine.step(run);
      const given = Object.entries(answers).map(([number, text]) => ({
        number: Number(number),
        bytes: Buffer.from(text),
      }));
      return engine.step(run, { parked: from.parked, answers: given, open } satisfies Continuation);
    };

    const waiting = (ended: Step<RunEnd>): Waiting => {
      assert.ok("asked" in ended, JSON.stringify(ended));
      // A copy, because the next step uses the memory of the bytes.
      return { ...ended, parked: { ...ended.parked, bytes: Uint8Array.from(ended.parked.bytes) } };
    };

    const resultOf = (ended: Step<RunEnd>): unknown => {
      assert.ok("result" in ended && ended.result.kind === "returned", JSON.stringify(ended));
      return new ResultReader(ended.result.result).readAll();
    };

    const runToEnd = (main: string, entry?: string): unknown =>
      resultOf(step(new TestRun(load(main), entry)));

    const failureOf = (main: string, entry?: string): Exclude<RunEnd, { kind: "returned" }> => {
      const ended = step(new TestRun(load(main), entry));
      assert.ok("result" in ended && ended.result.kind !== "returned", JSON.stringify(ended));
      return ended.result;
    };

    it("runs the default export, and returns what it promises", () => {
      assert.deepEqual(
        runToEnd("export default async () => ({ a: [1, 'ä', null, true, undefined, -0, 2n ** 63n] });"),
        {
          a: [1, "ä", null, true, undefined, -0, 2n ** 63n],
        },
      );
    });

    it("runs a named export", () => {
      assert.equal(runToEnd("export function other() { return 7; }", "other"), 7);
    });

    it("returns bytes", () => {
      assert.deepEqual(runToEnd("export default () => new Uint8Array([1, 2])"), new Uint8Array([1, 2]));
    });

    it("has any number of calls out, and goes on with each answer, or with some together", () => {
      const script = load(`import { call } from "http-background/guest";
        export default async () => {
          const got = [];
          await Promise.all(["a", "b", "c"].map(async (name) => {
            const first = await call(name);
            got.push(first, await call(first + "!"));
          }));
          return got.join(" ");
        }`);
      const first = waiting(step(new TestRun(script)));
      assert.deepEqual(
        first.asked.map(({ number, record }) => [number, record.toString()]),
        [
          [1, "a"],
          [2, "b"],
          [3, "c"],
        ],
      );
      const second = waiting(step(new TestRun(script), first, { 3: "C" }, 2));
      assert.deepEqual(
        second.asked.map(({ record }) => record.toString()),
        ["C!"],
      );
      const third = waiting(step(new TestRun(script), second, { 1: "A", 2: "B", 4: "CC" }, 0));
      assert.deepEqual(
        third.asked.map(({ number }) => number),
        [5, 6],
      );
      assert.equal(resultOf(step(new TestRun(script), third, { 6: "BB", 5: "AA" })), "C CC A AA B BB");
    });

    it("keeps little of a run that waits, and nothing of it in the engine", () => {
      const script = load(`import { call } from "http-background/guest";
        let count = 0;
        export default async () => { count++; const answer = await call("x"); return count + answer; }`);
      const parked = Array.from({ length: 50 }, () => waiting(step(new TestRun(script))));
      assert.ok((parked[0] as Waiting).parked.bytes.length < 4096, String(parked[0]?.parked.bytes.length));
      for (const run of parked) assert.equal(resultOf(step(new TestRun(script), run, { 1: "!" })), "1!");
    });

    it("keeps scripts apart", () => {
      const texts = ["a", "b"].map(
        (name) => `import { call } from "http-background/guest";
        globalThis.name ??= "${name}"; Array.prototype.${name} = 1;
        export default async () => { await call("x"); return [name, Object.keys(Array.prototype).join()]; }`,
      );
      const scripts = texts.map((text) => load(text));
      const runs = scripts.map((script) => waiting(step(new TestRun(script))));
      const results = runs.map((run, i) =>
        resultOf(step(new TestRun(scripts[i] as ScriptImage), run, { 1: "" })),
      );
      assert.deepEqual(results, [
        ["a", "a"],
        ["b", "b"],
      ]);
      assert.deepEqual(runToEnd("export default () => [typeof name, Object.keys(Array.prototype)]"), [
        "undefined",
        [],
      ]);
    });

    it("evaluates a script for each run if its top-level code asks for something of a run", () => {
      const script = load(`import { echo, call } from "http-background/guest";
        let count = 0;
        echo("evaluated "); count++;
        const answer = await call("top");
        export default async () => { count++; return count + answer; }`);
      assert.deepEqual(script.entries, ["default"]);
      const run = new TestRun(script);
      const first = waiting(step(run));
      assert.equal(run.output, "evaluated ");
      assert.equal(resultOf(step(run, first, { 1: "!" })), "2!");
    });

    it("imports its modules once, and no others", () => {
      const others = { "b.js": "import './c.js'; export let b = globalThis.c;", "c.js": "globalThis.c = 3" };
      const script = load("import { b } from './b.js'; export default () => b", others);
      assert.equal(resultOf(step(new TestRun(script))), 3);
      assert.throws(() => load("import './d.js'"), { name: "Error", message: /there is no module d\.js/ });
      assert.match(failureOf("export default () => import('node:fs')").text, /there is no module node:fs/);
    });

    it("says what was thrown, and where", () => {
      const failure = failureOf(
        "const a = 1;\nfunction f() {\n  throw new TypeError('bad');\n}\nexport default () => f()",
      );
      assert.equal(failure.kind, "thrown");
      assert.equal(failure.text, "TypeError: bad");
      assert.match(failure.stack, /at f \(main\.js:3:/);
      assert.equal(
        failureOf("export default () => { throw { a: 1 } }").text,
        "an object of the class Object",
      );
      assert.equal(failureOf("export default () => { throw 'text' }").text, "text");
    });

    it("keeps the beginning of what was thrown, and of its stack", () => {
      const thrown = (text: number, stack: number) =>
        `export default () => { throw Object.assign(new Error(""), { name: "x".repeat(${text - 2}), stack: "y".repeat(${stack}) }) }`;
      for (const more of [0, 1, 1_000_000]) {
        const { text, stack } = failureOf(thrown(16_384 + more, 65_536 + more));
        assert.deepEqual([text.length, stack.length], [16_384, 65_536]);
      }
      assert.ok(failureOf(thrown(16_384, 1)).text.endsWith("x: "));
    });

    it("says what is wrong with a script that does not load", () => {
      assert.throws(
        () => load("export default () => {\n  let a = ;\n}"),
        (error) => {
          return (
            error instanceof LoadFailure &&
            /SyntaxError/.test(error.end.text) &&
            /main\.js:2:/.test(error.end.stack)
          );
        },
      );
      assert.throws(() => load("null.x"), { message: /TypeError/ });
    });

    it("ends a run in which nobody handles a rejection", () => {
      const failure = failureOf("export default () => { Promise.reject(new Error('lost')); return 1; }");
      assert.deepEqual([failure.kind, failure.text], ["rejection", "Error: lost"]);
      assert.equal(runToEnd("export default () => { Promise.reject(1).catch(() => {}); return 1; }"), 1);
    });

    it("says why a result cannot be returned", () => {
      const reasons: Record<string, RegExp> = {
        "[1, { f() {} }]": /the result\[1\]\.f is a function/,
        "new Map()": /the result is an object of the class Map/,
        "(() => { const a = []; a.push(a); return a; })()": /the result\[0\] contains itself/,
        "2n ** 64n": /more than 64 bits/,
        "Symbol()": /is a symbol/,
      };
      for (const [value, reason] of Object.entries(reasons)) {
        const failure = failureOf(`export default () => (${value})`);
        assert.equal(failure.kind, "result");
        assert.match(failure.text, reason);
      }
    });

    it("knows no entry that is no function", () => {
      for (const name of ["other", "toString", "number"])
        assert.equal(failureOf("export const number = 1", name).kind, "entry");
      assert.deepEqual(
        load("export const n = 1; export function f() {}; export default class {}").entries.toSorted(),
        ["default", "f"],
      );
    });

    it("ends a run that waits for nothing", () => {
      assert.throws(
        () => step(new TestRun(load("export default () => new Promise(() => {})"))),
        /waits for nothing/,
      );
    });

    it("may end before its calls have answers, and may cancel them", () => {
      const script = load(`import { call, cancel } from "http-background/guest";
        export default async () => {
          const late = call("late");
          await call("first");
          cancel(1);
          call("never"); cancel(3);
          await call("second");
          call("open");
          return "done";
        }`);
      const first = waiting(step(new TestRun(script)));
      const run = new TestRun(script);
      const second = waiting(step(run, first, { 2: "" }, 1));
      assert.deepEqual(run.cancelled, [1]);
      assert.deepEqual(
        second.asked.map(({ number }) => number),
        [4],
      );
      assert.equal(resultOf(step(new TestRun(script), second, { 4: "" }, 0)), "done");
    });

    it("may cancel a call whose answer is there already, behind another one", () => {
      const script = load(`import { call, cancel } from "http-background/guest";
        export default async () => {
          const other = call("other");
          const first = call("first");
          call("second");
          await first;
          cancel(3);
          return await other;
        }`);
      const waits = waiting(step(new TestRun(script)));
      const run = new TestRun(script);
      const second = waiting(step(run, waits, { 2: "", 3: "" }, 1));
      assert.deepEqual(run.cancelled, [3]);
      assert.equal(resultOf(step(new TestRun(script), second, { 1: "the other" }, 0)), "the other");
    });

    it("begins each run with random numbers of its own", () => {
      const script = load("export default () => Math.random()");
      assert.equal(resultOf(step(new TestRun(script))), 7 / 256);
    });

    it("has the time of the host only", () => {
      assert.equal(runToEnd("export default () => Date.now()"), 1_234_567_890_123);
      assert.equal(runToEnd("const at = Date.now(); export default () => at"), 1_234_567_890_123);
    });

    it("ends what computes too long", () => {
      for (const code of [
        "for (;;) {}",
        "/(a+)+$/.test('a'.repeat(40) + 'b')",
        "(function again() { Promise.resolve().then(again); })()",
      ])
        assert.throws(() => step(new TestRun(load(`export default () => { ${code} }`), "default", 30)), {
          message: /it takes too long/,
        });
      assert.equal(runToEnd("export default () => 1"), 1);
    });

    it("lets a script handle that it has too little memory", () => {
      const codes = ["'x'.repeat(2 ** 28)", "'x'.repeat(2e6).split('')"];
      for (const code of codes) {
        const text = runToEnd(
          `export default () => { try { ${code} } catch (error) { return String(error); } }`,
        );
        assert.match(String(text), /memory|invalid string length/);
      }
      const failure = failureOf(
        "export default () => { const all = []; for (;;) all.push(new Array(1000).fill(0)); }",
      );
      assert.ok(failure.kind === "memory" || /out of memory/.test(failure.text), failure.text);
      assert.equal(runToEnd("export default () => 1"), 1);
    });

    it("goes on with a run whose memory has grown, beside those whose memory has not", () => {
      const script = load(`import { call } from "http-background/guest";
        export default async () => {
          const all = Array.from({ length: 100_000 }, (_, i) => ({ i }));
          await call("x");
          return all.reduce((sum, { i }) => sum + i, 0);
        }`);
      const large = waiting(step(new TestRun(script)));
      assert.equal(runToEnd("export default () => 1"), 1);
      assert.equal(resultOf(step(new TestRun(script), large, { 1: "" })), 4_999_950_000);
    });

    it("leaves nothing of a run in the memory of the engine", () => {
      const secret = "3f8a-very-secret";
      runToEnd(
        `export default () => { globalThis.s = "${secret.slice(0, 6)}" + "${secret.slice(6)}"; return 1; }`,
      );
      engine.compute((instance) => assert.equal(instance.memory.bytes.includes(secret), false));
    });
  });
}
