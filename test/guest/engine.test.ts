import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpBackgroundError } from "../../host/api/errors.ts";
import { ASYNCIFY, BLOCKING_QUESTION } from "../../host/guest/engine/asyncify.ts";
import { Engine } from "../../host/guest/engine/engine.ts";
import type { HostFunction } from "../../host/guest/engine/guest-access.ts";
import type { Instance } from "../../host/guest/engine/instance.ts";
import { compileModule, GuestModule } from "../../host/guest/engine/module.ts";
import type { Continuation, Step, Waiting } from "../../host/guest/engine/step.ts";
import { type Block, Parking } from "../../host/guest/parked/parking.ts";
import { assembleGuest } from "../support/wat.ts";

const RULES = { imports: new Set(["http_background.call", "http_background.work"]), kind: ASYNCIFY };
const NOTHING = new Uint8Array();

/** An engine for a guest whose exports return records of one byte. */
async function engineFor(
  wat: string,
  functions: Record<string, HostFunction<undefined>> = {},
): Promise<Engine> {
  const imports = Object.keys(functions).map(
    (name) => `(import "http_background" "${name}" (func $${name}))`,
  );
  return engineOf(await guestOf(wat, imports.join("")), functions);
}

async function guestOf(wat: string, imports = ""): Promise<GuestModule> {
  return new GuestModule(await compileModule(assembleGuest(wat, imports)), RULES);
}

function engineOf(guest: GuestModule, functions: Record<string, HostFunction<undefined>> = {}): Engine {
  return new Engine(guest, {
    functions,
    unwindAreaSize: 1024,
    answerTo: () => Uint8Array.of(0xee),
  });
}

/** Returns the byte that it gets, plus one. */
const RETURNS_AT_ONCE = `
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (call $record (i32.add (i32.load8_u (local.get $ptr)) (i32.const 1))))`;

/** Asks with the bytes that it gets. It keeps the first of them during the suspension, in a local and in a global. */
const WAITS = `
  (global $kept (mut i32) (i32.const 0))
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (local $own i32) (local $answer i32)
    (local.set $own (i32.load8_u (local.get $ptr)))
    (global.set $kept (local.get $own))
    (i32.store (i32.const 700) (local.get $own))
    (local.set $answer (call $perform (local.get $ptr) (local.get $len)))
    (if (i32.ne (global.get $kept) (local.get $own)) (then (unreachable)))
    (if (i32.ne (i32.load (i32.const 700)) (local.get $own)) (then (unreachable)))
    (call $record (i32.add (local.get $own) (i32.load8_u (i32.add (local.get $answer) (i32.const 4))))))`;

/** Waits twice, and returns the sum of the answers. */
const WAITS_TWICE = `
  (func $ask (param $ptr i32) (param $len i32) (result i32)
    (i32.load8_u (i32.add (call $perform (local.get $ptr) (local.get $len)) (i32.const 4))))
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (local $first i32)
    (local.set $first (call $ask (local.get $ptr) (local.get $len)))
    (call $record (i32.add (local.get $first) (call $ask (local.get $ptr) (local.get $len)))))`;

/** Returns how many times 16 bytes the allocator has given since its arguments were allocated. */
const GRAINS = `
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (call $record (i32.shr_u (i32.sub (global.get $heap) (local.get $ptr)) (i32.const 4))))`;

/** Waits, then traps if the answer is 13. */
const TRAPS_AFTER_RESUME = `
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (local $answer i32)
    (local.set $answer (i32.load8_u (i32.add (call $perform (local.get $ptr) (local.get $len)) (i32.const 4))))
    (if (i32.eq (local.get $answer) (i32.const 13)) (then (unreachable)))
    (call $record (local.get $answer)))`;

/** Grows by the number of pages in its first byte, writes to the last page, waits, and reads the page again. */
const GROWS = `
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (local $last i32)
    (drop (memory.grow (i32.load8_u (local.get $ptr))))
    (local.set $last (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)))
    (i32.store (local.get $last) (i32.const 77))
    (drop (call $perform (local.get $ptr) (local.get $len)))
    (call $record (i32.load (local.get $last))))`;

/** Fills as many KiB as its first byte says, waits, and reads the last of them. */
const FILLS = `
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (local $size i32)
    (local.set $size (i32.shl (i32.load8_u (local.get $ptr)) (i32.const 10)))
    (memory.fill (i32.const 8192) (i32.const 77) (local.get $size))
    (drop (call $perform (local.get $ptr) (local.get $len)))
    (call $record (i32.load8_u (i32.add (i32.const 8191) (local.get $size)))))`;

/** Suspends at the depth in its first byte. */
const RECURSES = `
  (func $dive (param $depth i32) (result i32)
    (local $a i64) (local $b i64)
    (local.set $a (i64.extend_i32_u (local.get $depth)))
    (if (i32.eqz (local.get $depth)) (then (return (call $perform (i32.const 0) (i32.const 1)))))
    (local.set $b (i64.extend_i32_u (call $dive (i32.sub (local.get $depth) (i32.const 1)))))
    (i32.wrap_i64 (i64.sub (i64.add (local.get $a) (local.get $b)) (local.get $a))))
  (func (export "run") (param $ptr i32) (param $len i32) (result i32)
    (call $record (i32.load8_u (i32.add (call $dive (i32.load8_u (local.get $ptr))) (i32.const 4)))))`;

const answerWith = (byte: number) => async (): Promise<Uint8Array> => Uint8Array.of(byte);
const isTrap = (error: unknown): boolean =>
  error instanceof HttpBackgroundError && error.code === "GUEST_TRAPPED";

describe("engine", () => {
  it("gives the result of a guest that returns at once", async () => {
    const engine = await engineFor(RETURNS_AT_ONCE);
    assert.deepEqual([...(await engine.call("run", Uint8Array.of(41), answerWith(0)))], [42]);
  });

  it("suspends a guest and resumes it with the answer", async () => {
    const engine = await engineFor(WAITS);
    const asked: number[] = [];
    const result = await engine.call("run", Uint8Array.of(40), async (record) => {
      asked.push(...record);
      return Uint8Array.of(2);
    });
    assert.deepEqual(asked, [40]);
    assert.deepEqual([...result], [42]);
  });

  it("resumes a guest with a failure when perform rejects", async () => {
    const engine = await engineFor(WAITS);
    const result = await engine.call("run", Uint8Array.of(1), () => Promise.reject(new Error("no network")));
    assert.deepEqual([...result], [0xef]);
  });

  it("resumes a guest with a failure when perform throws at once", async () => {
    const engine = await engineFor(WAITS);
    const result = await engine.call("run", Uint8Array.of(1), () => {
      throw new Error("no network");
    });
    assert.deepEqual([...result], [0xef]);
  });

  it("resumes a guest with a failure when perform gives no bytes", async () => {
    const engine = await engineFor(WAITS);
    const result = await engine.call("run", Uint8Array.of(1), async () => "text" as unknown as Uint8Array);
    assert.deepEqual([...result], [0xef]);
  });

  it("resumes 1,000 guests in any order, each with its own memory and globals", async () => {
    const engine = await engineFor(WAITS);
    const waiting: (() => void)[] = [];
    const results = Array.from({ length: 1000 }, (_, i) =>
      engine.call("run", Uint8Array.of(i & 127, i >> 7), (record) => {
        assert.deepEqual([...record], [i & 127, i >> 7]);
        return new Promise((resolve) => waiting.push(() => resolve(Uint8Array.of(i % 100))));
      }),
    );
    await new Promise(setImmediate);
    assert.equal(waiting.length, 1000);
    for (const resume of shuffled(waiting)) resume();
    for (const [i, result] of (await Promise.all(results)).entries()) {
      assert.deepEqual([...result], [(i & 127) + (i % 100)]);
    }
  });

  it("ends a call for whose bytes there is no memory, and no other", async (context) => {
    const engine = await engineFor(WAITS);
    const { mock } = context.mock.method(Parking.prototype, "take", () => {
      throw new RangeError("Array buffer allocation failed");
    });
    await assert.rejects(engine.call("run", Uint8Array.of(1), answerWith(1)), isTrap);
    mock.restore();
    assert.deepEqual([...(await engine.call("run", Uint8Array.of(1), answerWith(1)))], [2]);
  });

  it("ends a call that traps after it was resumed, and no other", async () => {
    const engine = await engineFor(TRAPS_AFTER_RESUME);
    const calls = [12, 13, 14].map((byte) => engine.call("run", Uint8Array.of(1), answerWith(byte)));
    const [first, second, third] = await Promise.allSettled(calls);
    assert.deepEqual([...(first as PromiseFulfilledResult<Buffer>).value], [12]);
    assert.ok(isTrap((second as PromiseRejectedResult).reason));
    assert.deepEqual([...(third as PromiseFulfilledResult<Buffer>).value], [14]);
    assert.deepEqual([...(await engine.call("run", Uint8Array.of(1), answerWith(15)))], [15]);
  });

  it("takes a call while another is suspended, also from inside perform", async () => {
    const engine = await engineFor(WAITS);
    const result = await engine.call("run", Uint8Array.of(30), () =>
      engine.call("run", Uint8Array.of(8), answerWith(4)),
    );
    assert.deepEqual([...result], [42]);
  });

  it("keeps the grown memory of a guest, and gives no other call its instance", async () => {
    const engine = await engineFor(GROWS);
    const grown = Array.from({ length: 300 }, () => engine.call("run", Uint8Array.of(2), answerWith(0)));
    for (const result of await Promise.all(grown)) assert.deepEqual([...result], [77]);
    assert.equal(
      engine.compute((instance) => instance.memory.bytes.length),
      65_536,
    );
  });

  it("needs another instance to resume a guest whose memory has grown, and no other guest", async (context) => {
    /** How many instances a call needs by itself, and with another call that runs while it waits. */
    for (const [what, wat, byte, ...instances] of [
      ["little has changed", WAITS, 1, 1, 1],
      ["it has grown", GROWS, 2, 2, 2],
      ["much has changed", FILLS, 33, 1, 1],
    ] as const) {
      const needed: number[] = [];
      for (const hasOther of [false, true]) {
        const guest = await guestOf(wat);
        const { mock } = context.mock.method(guest, "instantiate");
        const engine = engineOf(guest);
        const result = await engine.call("run", Uint8Array.of(byte), async () => {
          if (hasOther) await engine.call("run", Uint8Array.of(0), answerWith(0));
          return Uint8Array.of(0);
        });
        assert.equal(result.length, 1);
        needed.push(mock.callCount());
      }
      assert.deepEqual(needed, instances, what);
    }
  });

  it("frees the bytes of a suspended guest once, however its call ends", async (context) => {
    const parked: Block[] = [];
    const { take, give } = Parking.prototype;
    context.mock.method(Parking.prototype, "take", function (this: Parking, size: number): Block {
      const block = take.call(this, size);
      parked.push(block);
      return block;
    });
    context.mock.method(Parking.prototype, "give", function (this: Parking, block: Block, size: number) {
      assert.ok(parked.includes(block));
      parked.splice(parked.indexOf(block), 1);
      give.call(this, block, size);
    });
    const [waits, traps] = [await engineFor(WAITS_TWICE), await engineFor(TRAPS_AFTER_RESUME)];
    const suspended: number[] = [];
    const answer = async (): Promise<Uint8Array> => {
      suspended.push(parked.length);
      return Uint8Array.of(13);
    };
    assert.deepEqual([...(await waits.call("run", Uint8Array.of(1), answer))], [26]);
    await assert.rejects(traps.call("run", Uint8Array.of(1), answer), isTrap);
    const controller = new AbortController();
    const abandoned = waits.call("run", Uint8Array.of(1), () => new Promise(() => {}), controller.signal);
    controller.abort();
    await assert.rejects(abandoned);
    assert.deepEqual([suspended, parked], [[1, 1, 1], []]);
  });

  it("takes no more memory of the guest than the arguments have bytes", async () => {
    const engine = await engineFor(GRAINS);
    const grains = async (size: number) => [
      ...(await engine.call("run", new Uint8Array(size), answerWith(0))),
    ];
    assert.deepEqual([await grains(1), await grains(16), await grains(17)], [[1], [1], [2]]);
  });

  it("goes on with a call step by step, in any engine of the module", async () => {
    const guest = await guestOf(WAITS_TWICE);
    const engines = [engineOf(guest), engineOf(guest), engineOf(guest)] as const;
    const call = {
      name: "run",
      args: Uint8Array.of(1),
      context: undefined,
      readResult: (instance: Instance, returned: unknown) => instance.memory.copyRecord(returned as number),
    };
    const first = engines[0].step(call);
    assert.ok("asked" in first);
    assert.deepEqual(first.asked, [{ number: BLOCKING_QUESTION, record: Buffer.of(1) }]);
    const second = engines[1].step(call, goOn(first, 20));
    assert.ok("asked" in second);
    // A step may be computed again, if the one who computed it was lost.
    for (const engine of engines) {
      const last: Step<Buffer> = engine.step(call, goOn(second, 22));
      assert.deepEqual("result" in last && [...last.result], [42]);
    }
    assert.deepEqual(engines[0].question(call), { asked: Buffer.of(1) });
  });

  it("ends a guest that overflows the unwind area by saying so, and suspends one just within it", async () => {
    const engine = await engineFor(RECURSES);
    const deepest = await deepestDive(engine);
    assert.ok(deepest > 10 && deepest < 200, `${deepest}`);
    await assert.rejects(engine.call("run", Uint8Array.of(deepest + 1), answerWith(7)), /unwind area/);
    assert.deepEqual([...(await engine.call("run", Uint8Array.of(deepest), answerWith(7)))], [7]);
  });

  it("abandons a suspended guest when its signal says so", async () => {
    const engine = await engineFor(WAITS);
    const controller = new AbortController();
    const call = engine.call("run", Uint8Array.of(1), () => new Promise(() => {}), controller.signal);
    controller.abort(new Error("out of time"));
    await assert.rejects(call, /out of time/);
    assert.deepEqual([...(await engine.call("run", Uint8Array.of(1), answerWith(1)))], [2]);
  });

  it("never starts a guest whose signal was aborted before", async () => {
    const engine = await engineFor(WAITS);
    const signal = AbortSignal.abort(new Error("too late"));
    await assert.rejects(engine.call("run", Uint8Array.of(1), answerWith(1), signal), /too late/);
  });

  it("does not charge a guest that is trusted for what the host does for it", async () => {
    const wat = `
      (func (export "run") (param $ptr i32) (param $len i32) (result i32) (call $work) (call $record (i32.const 7)))`;
    const engine = await engineFor(wat, {
      work: (guest) => {
        guest.spend(2 ** 32 - 1);
        return undefined;
      },
    });
    for (let i = 0; i < 3; i++)
      assert.deepEqual([...(await engine.call("run", NOTHING, answerWith(0)))], [7]);
  });

  it("ends a guest that gives a pointer outside its memory", async () => {
    const engine = await engineFor(`
      (func (export "run") (param $ptr i32) (param $len i32) (result i32) (i32.const -16))
      (func (export "ask") (param $ptr i32) (param $len i32) (result i32)
        (call $perform (i32.const 65535) (i32.const 2)))
      (func (export "fine") (param $ptr i32) (param $len i32) (result i32) (call $record (i32.const 1)))`);
    await assert.rejects(engine.call("run", NOTHING, answerWith(1)), isTrap);
    await assert.rejects(engine.call("ask", NOTHING, answerWith(1)), isTrap);
    assert.deepEqual([...(await engine.call("fine", NOTHING, answerWith(1)))], [1]);
  });
});

describe("guest module", () => {
  it("refuses what is no WebAssembly", async () => {
    await assert.rejects(compileModule(Uint8Array.of(1, 2, 3)), { code: "BAD_MODULE" });
  });

  it("refuses an import that the host does not offer, by its name", async () => {
    const module = await compileModule(assembleGuest(WAITS));
    assert.throws(() => new GuestModule(module, { ...RULES, imports: new Set() }), {
      code: "BAD_MODULE",
      message: 'the module imports the function "http_background.call"',
    });
  });

  it("refuses a module that was not made for suspension", async () => {
    const bare = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    const module = await compileModule(bare);
    assert.throws(() => new GuestModule(module, RULES), {
      code: "BAD_MODULE",
      message: /no memory export/,
    });
  });
});

function goOn({ parked }: Waiting, answer: number): Continuation {
  return { parked, answers: [{ number: BLOCKING_QUESTION, bytes: Uint8Array.of(answer) }], open: 0 };
}

async function deepestDive(engine: Engine): Promise<number> {
  for (let depth = 1; depth < 255; depth++) {
    try {
      await engine.call("run", Uint8Array.of(depth), answerWith(7));
    } catch (error) {
      assert.ok(isTrap(error));
      return depth - 1;
    }
  }
  return 255;
}

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item, i) => ({ item, key: (i * 7919) % 1009 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
