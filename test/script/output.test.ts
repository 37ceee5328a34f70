import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type Script, type ScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call, echo } from "../support/script-wat.ts";
import { variant } from "../support/variant.ts";

/** Outputs a word, waits for a reply, and outputs two more words. */
const BODY = `
  (func (export "main") ${echo("first")} (drop ${call("args")}) ${echo("second")} ${echo("third")})
  (func (export "traps") ${echo("first")} (unreachable))
  (func (export "quiet") (drop ${call("args")}))
  (func (export "loud") ${echo("first")} (drop ${call("args")}) (loop $l ${echo("second")} (br $l)))`;

describe("what a run puts out", () => {
  let gate: GateServer;
  let http: HttpBackground;
  let runtime: ScriptRuntime;
  let script: Script;
  let chunks: string[];
  const onOutput = (bytes: Buffer): void => void chunks.push(bytes.toString());

  before(async () => {
    gate = await GateServer.start();
    http = await createHttpBackground({ threads: [{ id: "default" }] });
  });
  after(async () => {
    await http.destroy();
    await gate.close();
  });
  beforeEach(async () => {
    chunks = [];
    runtime = createScriptRuntime({
      workers: variant.workers,
      http,
      allow: [gate.base],
      limits: { concurrentRuns: 1, outputBytes: 40 },
    });
    const data = { first: "first ", second: "second ", third: "third", args: ["default", `${gate.base}/`] };
    script = await runtime.load(assembleScript({ body: BODY, data }));
  });
  afterEach(() => runtime.destroy());

  it("is told of while the script waits, and at the end", async () => {
    const run = script.run("main", { onOutput });
    await gate.holds(1);
    assert.deepEqual(chunks, ["first "]);
    gate.open();
    const { output } = await run;
    assert.deepEqual(chunks, ["first ", "second third"]);
    assert.equal(output, chunks.join(""));
  });

  it("is told of before the run is rejected, whatever ends it", async () => {
    const error = await failureOf(script.run("traps", { onOutput }));
    assert.deepEqual([chunks, error.output], [["first "], "first "]);
    const loud = failureOf(script.run("loud", { onOutput }));
    await gate.holds(1);
    gate.open();
    const { code, output } = await loud;
    assert.deepEqual([code, output], ["OUTPUT_LIMIT", chunks.slice(1).join("")]);
    const controller = new AbortController();
    const abort = (bytes: Buffer): void => {
      onOutput(bytes);
      controller.abort(new Error("enough"));
    };
    const aborted = failureOf(script.run("main", { onOutput: abort, signal: controller.signal }));
    assert.deepEqual([(await aborted).message, chunks.at(-1)], ["enough", "first "]);
  });

  it("is not told of if there is nothing new", async () => {
    const run = script.run("quiet", { onOutput });
    await gate.holds(1);
    gate.open();
    await run;
    assert.deepEqual(chunks, []);
  });

  it("is all that is in its memory", async () => {
    const memories: [number, number][] = [];
    const look = (bytes: Buffer): void => void memories.push([bytes.buffer.byteLength, bytes.length]);
    const run = script.run("main", { onOutput: look });
    await gate.holds(1);
    gate.open();
    look((await run).outputBytes);
    const quiet = script.run("quiet");
    await gate.holds(1);
    gate.open();
    look((await quiet).outputBytes);
    assert.deepEqual(memories, [
      [6, 6],
      [12, 12],
      [18, 18],
      [0, 0],
    ]);
  });

  it("belongs to whoever is told", async () => {
    const run = script.run("main", { onOutput: (bytes) => void bytes.fill(0) });
    await gate.holds(1);
    gate.open();
    assert.equal((await run).output, "first second third");
  });

  it("is told of in the context of the caller, also where the run had to wait", async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const runs = ["a", "b"].map((name) =>
      storage.run(name, () => script.run("main", { onOutput: () => void seen.push(storage.getStore()) })),
    );
    for (let i = 0; i < 2; i++) {
      await gate.holds(1);
      gate.open();
      await runs[i];
    }
    assert.deepEqual(seen.sort(), ["a", "a", "b", "b"]);
  });

  it("ends the run if whoever is told throws, with what that is, and asks for nothing more", async () => {
    const reason = new Error("no");
    const fail = (): never => {
      throw reason;
    };
    await assert.rejects(script.run("main", { onOutput: fail }), reason);
    await assert.rejects(script.run("traps", { onOutput: fail }), { code: "SCRIPT_TRAPPED" });
    let calls = 0;
    const failing = script.run("main", { onOutput: () => (calls++ === 1 ? fail() : undefined) });
    await gate.holds(1);
    gate.open();
    await assert.rejects(failing, reason);
    await gate.holds(0);
  });

  it("may have the run ended, and others begun, by whoever is told", async () => {
    const controller = new AbortController();
    let inner: Promise<unknown> | undefined;
    const act = (): void => {
      inner ??= failureOf(script.run("traps"));
      controller.abort(new Error("ended"));
    };
    await assert.rejects(script.run("main", { onOutput: act, signal: controller.signal }), /ended/);
    assert.equal(((await inner) as { code: string }).code, "SCRIPT_TRAPPED");
    const closed = failureOf(script.run("main", { onOutput: () => void runtime.destroy() }));
    assert.equal((await closed).code, "CLOSED");
  });

  it("is told of to a function alone", async () => {
    for (const wrong of [null, 5, {}]) {
      const given = { onOutput: wrong as never };
      await assert.rejects(script.run("main", given), { code: "BAD_ARGUMENT", option: "onOutput" });
    }
  });
});
