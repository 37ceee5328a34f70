import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Engine } from "../../../host/guest/engine/engine.ts";
import { GuestModule } from "../../../host/guest/engine/module.ts";
import type { GuestRun } from "../../../host/script/compute/guest-run.ts";
import { SCRIPT_RULES } from "../../../host/script/compute/script-rules.ts";
import { startGuest } from "../../../host/script/compute/start-guest.ts";
import { confineGuest } from "../../../host/script/load/confined-guest.ts";
import { assembleScript } from "../../support/script-wat.ts";

const LIMITS = { stackBytes: 1024 };
const KEY = Buffer.from("the key of one script");

/** Its start function keeps two random numbers in its memory. */
const { module } = await confineGuest(
  Buffer.from(
    assembleScript({
      body: `(func $begin
          (f64.store (i32.const 8) (call $seed))
          (f64.store (i32.const 16) (call $seed)))
        (start $begin)
        (func (export "main"))`,
    }),
  ),
  16,
);

/** What a new instance begins with, in a thread of its own. */
const numbersOf = (engine: Engine<GuestRun>): readonly number[] =>
  engine.compute(({ memory }) => [memory.bytes.readDoubleLE(8), memory.bytes.readDoubleLE(16)]);
const begin = (key: Uint8Array): readonly number[] =>
  numbersOf(startGuest(new GuestModule(module, SCRIPT_RULES), LIMITS, key));

describe("the random numbers of a start function", () => {
  it("are the same in each thread, because a run may go on in another one", () => {
    assert.deepEqual(begin(KEY), begin(KEY));
  });

  it("are the same for each instance, also after a trap", () => {
    const engine = startGuest(new GuestModule(module, SCRIPT_RULES), LIMITS, KEY);
    const before = numbersOf(engine);
    assert.throws(() =>
      engine.compute(() => {
        throw new Error("it trapped");
      }),
    );
    assert.deepEqual(numbersOf(engine), before);
  });

  it("are others for another script, and each is another one", () => {
    const [first, second] = begin(KEY);
    assert.notEqual(first, second);
    assert.notDeepEqual(begin(Buffer.from("the key of another script")), [first, second]);
  });

  it("are whole numbers of six bytes", () => {
    for (const number of begin(KEY))
      assert.ok(Number.isSafeInteger(number) && number >= 0 && number < 2 ** 48);
  });
});
