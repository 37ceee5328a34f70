import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EXPORT_ALLOC, EXPORT_RESUME, IMPORT_MODULE, IMPORT_PERFORM } from "../../assembly/abi.ts";
import { HttpBackgroundError } from "../../host/api/errors.ts";
import { Engine } from "../../host/guest/engine/engine.ts";
import { compileModule, GuestModule } from "../../host/guest/engine/module.ts";
import { RETURNING } from "../../host/guest/engine/returning.ts";
import type { Continuation, GuestAnswer, Step, Waiting } from "../../host/guest/engine/step.ts";
import type { Answer, GuestCall, Task } from "../../host/guest/engine/task.ts";
import { Parking } from "../../host/guest/parked/parking.ts";
import { assemble } from "../support/assemble.ts";

/** The parts of every guest here. `$first` is the first byte of a record, `$record` makes a record of one byte. */
const PRELUDE = `
  (import "${IMPORT_MODULE}" "${IMPORT_PERFORM}" (func $perform (param i32 i32 i32)))
  (memory (export "memory") 1 16)
  (global $heap (export "http_background_global_0") (mut i32) (i32.const 1024))
  (func (export "${EXPORT_ALLOC}") (param $size i32) (result i32)
    (local $ptr i32)
    (local.set $ptr (global.get $heap))
    (global.set $heap (i32.add (global.get $heap) (i32.and (i32.add (local.get $size) (i32.const 15)) (i32.const -16))))
    (local.get $ptr))
  (func $first (param $record i32) (result i32) (i32.load8_u (i32.add (local.get $record) (i32.const 4))))
  (func $record (param $byte i32) (result i32)
    (i32.store (i32.const 512) (i32.const 1))
    (i32.store8 (i32.const 516) (local.get $byte))
    (i32.const 512))`;

/**
 * Asks as many questions as it has arguments, each with one of them, which is also its number. It remembers in its
 * memory the sum of the answers, each multiplied with its number, and how many it still waits for. If an answer is 100,
 * it asks twice more, with 100 and with 1, and both questions have the number 1.
 */
const ASKS_MANY = `
  (global $sum (export "http_background_global_1") (mut i32) (i32.const 0))
  (func $ask (param $ptr i32) (param $number i32)
    (i32.store (i32.const 600) (i32.add (i32.load (i32.const 600)) (i32.const 1)))
    (call $perform (local.get $ptr) (i32.const 1) (local.get $number)))
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $ptr) (local.get $len)))
    (if (i32.eqz (local.get $len)) (then (return (call $record (i32.const 0)))))
    (loop $next
      (call $ask (local.get $ptr) (i32.load8_u (local.get $ptr)))
      (local.set $ptr (i32.add (local.get $ptr) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $ptr) (local.get $end))))
    (i32.const 0))
  (func (export "${EXPORT_RESUME}") (param $answer i32) (param $number i32) (result i32)
    (i32.store (i32.const 600) (i32.sub (i32.load (i32.const 600)) (i32.const 1)))
    (if (i32.eq (call $first (local.get $answer)) (i32.const 100))
      (then
        (call $ask (i32.add (local.get $answer) (i32.const 4)) (i32.const 1))
        (call $ask (local.get $answer) (i32.const 1)))
      (else (global.set $sum
        (i32.add (global.get $sum) (i32.mul (local.get $number) (call $first (local.get $answer)))))))
    (if (i32.load (i32.const 600)) (then (return (i32.const 0))))
    (call $record (global.get $sum)))`;

/** Its first argument says what it does wrong: 0 waits for nothing, 1 does not wait, 2 does both after an answer. */
const WRONG = `
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (local $what i32)
    (local.set $what (i32.load8_u (local.get $ptr)))
    (if (i32.eqz (local.get $what)) (then (return (i32.const 0))))
    (call $perform (local.get $ptr) (i32.const 1) (i32.const 7))
    (if (i32.eq (local.get $what) (i32.const 1)) (then (return (call $record (i32.const 1)))))
    (i32.const 0))
  (func (export "${EXPORT_RESUME}") (param i32 i32) (result i32) (i32.const 0))`;

/** Keeps nothing: it says so by the top of its arena. It returns the answer, if its memory and its global are pristine. */
const KEEPS_NOTHING = `
  (export "http_background_arena_top" (global $heap))
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (if (i32.load8_u (i32.const 1100)) (then (unreachable)))
    (memory.fill (call $reserve (i32.const 500)) (i32.const 1) (i32.const 500))
    (call $perform (local.get $ptr) (local.get $len) (i32.const 0))
    (i32.const 0))
  (func $reserve (param $size i32) (result i32)
    (local $ptr i32)
    (local.set $ptr (global.get $heap))
    (global.set $heap (i32.add (global.get $heap) (local.get $size)))
    (local.get $ptr))
  (func (export "${EXPORT_RESUME}") (param $answer i32) (result i32)
    (if (i32.ne (local.get $answer) (i32.const 1024)) (then (unreachable)))
    (if (i32.load8_u (i32.const 1100)) (then (unreachable)))
    (local.get $answer))`;

async function engineFor(wat: string): Promise<Engine> {
  const module = await compileModule(assemble(`${PRELUDE} ${wat}`, { isSuspendable: false }));
  const imports = new Set([`${IMPORT_MODULE}.${IMPORT_PERFORM}`]);
  return new Engine(new GuestModule(module, { imports, kind: RETURNING }), {
    functions: {},
    answerTo: () => Uint8Array.of(9),
  });
}

/** A call whose questions are answered by the test. */
class Asking implements Task<number, undefined> {
  readonly name = "run";
  readonly context = undefined;
  readonly args: Uint8Array;
  /** The open questions, by what the guest asked with. */
  readonly answers = new Map<number, Answer>();
  readonly ended: unknown[] = [];

  constructor(...args: number[]) {
    this.args = Uint8Array.from(args);
  }

  readonly readResult: GuestCall<number, undefined>["readResult"] = ({ memory }, returned) =>
    memory.copyRecord(returned as number)[0] as number;

  perform([byte]: Buffer, answer: Answer): void {
    this.answers.set(byte as number, answer);
  }

  answer(byte: number, answer: number): void {
    this.answers.get(byte)?.resume(Uint8Array.of(answer));
  }

  onResult(result: number): void {
    this.ended.push(result);
  }

  onError(error: unknown): void {
    this.ended.push((error as Error).message);
  }
}

function start(engine: Engine, ...args: number[]): Asking {
  const asking = new Asking(...args);
  engine.start(asking);
  return asking;
}

function goOn({ parked }: Waiting, open: number, ...answers: GuestAnswer[]): Continuation {
  return { parked, answers, open };
}

const answerTo = (number: number, byte: number): GuestAnswer => ({ number, bytes: Uint8Array.of(byte) });

describe("a guest that returns while it waits", () => {
  it("has its result at once if it asks nothing", async () => {
    assert.deepEqual(start(await engineFor(ASKS_MANY)).ended, [0]);
  });

  it("asks several questions, and gets each answer with its number, in any order", async () => {
    const engine = await engineFor(ASKS_MANY);
    const calls = Array.from({ length: 50 }, () => start(engine, 2, 3, 4));
    for (const [i, call] of calls.entries()) {
      assert.deepEqual([...call.answers.keys()], [2, 3, 4]);
      call.answer(4, i % 8);
      call.answer(2, 5);
      assert.deepEqual(call.ended, []);
    }
    for (const [i, call] of calls.entries()) {
      call.answer(3, 7);
      assert.deepEqual(call.ended, [4 * (i % 8) + 10 + 21]);
    }
  });

  it("may ask again after an answer", async () => {
    const call = start(await engineFor(ASKS_MANY), 2, 3);
    call.answer(3, 100);
    assert.deepEqual([...call.answers.keys()], [2, 3, 100, 1]);
    call.answer(100, 6);
    call.answer(2, 5);
    call.answer(1, 8);
    assert.deepEqual(call.ended, [24]);
  });

  it("gets one answer to each question, whatever else comes", async () => {
    const call = start(await engineFor(ASKS_MANY), 2, 3);
    call.answer(2, 5);
    call.answer(2, 6);
    call.answers.get(2)?.fail(new Error("too late"));
    assert.deepEqual(call.ended, []);
    call.answers.get(3)?.fail(new Error("no network"));
    assert.deepEqual(call.ended, [10 + 3 * 9]);
    call.answer(3, 1);
    assert.equal(call.ended.length, 1);
  });

  it("goes on later with an answer that comes at once", async () => {
    const call = new Asking(2, 3);
    const asked: number[] = [];
    call.perform = ([byte]: Buffer, answer: Answer) => {
      asked.push(byte as number);
      answer.resume(Uint8Array.of(1));
      assert.deepEqual(call.ended, []);
    };
    (await engineFor(ASKS_MANY)).start(call);
    await new Promise(setImmediate);
    assert.deepEqual([asked, call.ended], [[2, 3], [5]]);
  });

  it("is asked no more when its call has ended", async () => {
    const engine = await engineFor(ASKS_MANY);
    const call = new Asking(2);
    const fiber = engine.start(call);
    const asked: number[] = [];
    call.perform = ([byte]: Buffer) => {
      asked.push(byte as number);
      engine.abandon(fiber, new Error("over"));
    };
    call.answer(2, 100);
    assert.deepEqual([asked, call.ended, fiber.isOver], [[100], ["over"], true]);
  });

  it("is ended if it waits for nothing, or does not wait for an answer", async () => {
    const engine = await engineFor(WRONG);
    assert.deepEqual(start(engine, 0).ended, ["the guest trapped: the guest waits for nothing"]);
    assert.deepEqual(start(engine, 1).ended, ["the guest trapped: the guest does not wait for an answer"]);
    const call = start(engine, 2);
    call.answer(2, 0);
    assert.deepEqual(call.ended, ["the guest trapped: the guest waits for nothing"]);
  });

  it("is no bytes if it keeps nothing", async (context) => {
    const engine = await engineFor(KEEPS_NOTHING);
    const { mock } = context.mock.method(Parking.prototype, "take");
    const calls = Array.from({ length: 10 }, () => start(engine, 33));
    for (const call of calls) call.answer(33, 44);
    for (const call of calls) assert.deepEqual(call.ended, [44]);
    const waiting = engine.step(new Asking(33));
    assert.ok("asked" in waiting);
    assert.equal(waiting.parked.bytes.length, 0);
    assert.deepEqual(engine.step(new Asking(33), goOn(waiting, 0, answerTo(0, 45))), { result: 45 });
    assert.equal(mock.callCount(), 0);
  });

  it("goes on step by step in any engine of the module, with one answer or with several", async () => {
    const engines = [await engineFor(ASKS_MANY), await engineFor(ASKS_MANY)] as const;
    const call = new Asking(2, 3, 4);
    const first = engines[0].step(call) as Waiting;
    assert.deepEqual(
      first.asked.map(({ number, record }) => [number, ...record]),
      [
        [2, 2],
        [3, 3],
        [4, 4],
      ],
    );
    const second = engines[1].step(call, goOn(first, 2, answerTo(3, 7))) as Waiting;
    assert.deepEqual(second.asked, []);
    for (const engine of engines) {
      const last: Step<number> = engine.step(call, goOn(second, 0, answerTo(4, 5), answerTo(2, 1)));
      assert.deepEqual(last, { result: 21 + 20 + 2 });
    }
  });

  it("is ended if an answer is left over", async () => {
    const engine = await engineFor(ASKS_MANY);
    const call = new Asking(2);
    const first = engine.step(call) as Waiting;
    const twice = goOn(first, 0, answerTo(2, 1), answerTo(2, 1));
    assert.throws(
      () => engine.step(call, twice),
      (error) => error instanceof HttpBackgroundError && error.code === "GUEST_TRAPPED",
    );
  });
});

describe("the module of such a guest", () => {
  it("exports what goes on", async () => {
    const module = await compileModule(assemble(PRELUDE, { isSuspendable: false }));
    const imports = new Set([`${IMPORT_MODULE}.${IMPORT_PERFORM}`]);
    assert.throws(() => new GuestModule(module, { imports, kind: RETURNING }), {
      code: "BAD_MODULE",
      message: `the module has no function export "${EXPORT_RESUME}"`,
    });
  });
});
