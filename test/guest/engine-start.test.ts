import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { confine } from "../../host/guest/confine/confine.ts";
import { ASYNCIFY } from "../../host/guest/engine/asyncify.ts";
import { cpuClock } from "../../host/guest/engine/cpu-time.ts";
import { Engine } from "../../host/guest/engine/engine.ts";
import { LIVE } from "../../host/guest/engine/live-instances.ts";
import { compileModule, GuestModule } from "../../host/guest/engine/module.ts";
import { stubScript } from "../support/stub-script.ts";

/** Each takes a sixteenth of the first slice. */
const FILL = "(memory.fill (i32.const 4096) (i32.const 0) (i32.const 65536))";

const IMPORTS = `(import "env" "seed" (func $seed (result f64)))
  (import "http_background" "work" (func $work))`;

/** An engine of a guest with this start function. */
async function engineWith(start: string): Promise<Engine> {
  const body = `(func $start (local $left i32) ${start}
      (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1))))
    (start $start)
    (func (export "starts") (result i32) (i32.load (i32.const 0)))
    (func (export "trap") (unreachable))`;
  const { bytes } = confine(Buffer.from(stubScript({ imports: IMPORTS, body })), { memoryPages: 4 });
  const imports = new Set(["env.seed", "http_background.work"]);
  return new Engine(
    new GuestModule(await compileModule(bytes), { imports, kind: ASYNCIFY, isConfined: true }),
    {
      functions: { work: () => undefined },
      env: { seed: () => 4 },
      unwindAreaSize: 1024,
      answerTo: () => new Uint8Array(),
    },
  );
}

/** The same for a start function that needs this number of slices of a millisecond. */
function engineOf(slices: number): Promise<Engine> {
  return engineWith(`(local.set $left (i32.const ${16 * slices}))
    (loop $l ${FILL} (br_if $l (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))`);
}

/** The result of a call that may compute for this time, or the message of its error. */
function call(engine: Engine, name: string, mostMs = Number.POSITIVE_INFINITY): unknown {
  let ended: unknown;
  engine.start({
    name,
    context: undefined,
    perform: () => assert.fail("nothing waits"),
    readResult: (_, returned) => returned,
    onResult: (result) => {
      ended = result;
    },
    onError: (error) => {
      ended = (error as Error).message;
    },
    checkTime: (computedMs) => {
      if (computedMs > mostMs) throw new Error("too long");
    },
  });
  return ended;
}

/** The time in milliseconds. Each reading of the clock adds one. */
let now = 0;

describe("what a guest starts with", () => {
  beforeEach(() => {
    mock.method(performance, "now", () => ++now);
    mock.method(cpuClock, "now", () => now);
  });
  afterEach(() => mock.restoreAll());

  it("runs once for each instance, before its calls", async () => {
    const engine = await engineOf(1);
    assert.equal(call(engine, "starts"), 1);
    assert.equal(call(engine, "starts"), 1);
    call(engine, "trap");
    assert.equal(call(engine, "starts"), 1);
  });

  it("is the same when the thread has forgotten it meanwhile", async () => {
    const engine = await engineOf(1);
    // As much as a thread keeps of what is not used.
    LIVE.addSpare(new WeakRef({ dropSpare: () => {} }), 2 ** 26);
    assert.equal(call(engine, "starts", 0.5), "the guest trapped: too long");
    assert.equal(call(engine, "starts"), 1);
  });

  it("may compute for 20 ms", async () => {
    await engineOf(15);
    await assert.rejects(engineOf(25), {
      code: "GUEST_TRAPPED",
      message: /: it computes for more than 20 ms$/,
    });
  });

  it("pays for what the host does for it, and calls nothing that needs a run", async () => {
    await engineWith("(drop (call $seed))");
    await assert.rejects(engineWith("(loop $l (drop (call $seed)) (br $l))"), /more than 20 ms/);
    await assert.rejects(engineWith("(call $work)"), /out of turn: before there was a call of it/);
  });

  it("is paid by the call that needs another instance, after one that trapped", async () => {
    const engine = await engineOf(10);
    assert.equal(call(engine, "starts", 5), 1);
    assert.equal(call(engine, "trap", 5), "the guest trapped: unreachable");
    assert.equal(call(engine, "starts", 5), "the guest trapped: too long");
    assert.equal(call(engine, "starts", 15), 1);
    assert.equal(call(engine, "starts", 5), 1);
  });
});
