import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { HOLD_CASES } from "../holds/cases.ts";
import { HoldWorld } from "../holds/holds.ts";

/** CPU that nobody has to explain on a machine that does other things as well. What is linear takes about a tenth of it. */
const ANY_MS = 200;
const MOST_OF_HALF = 3;
const ATTEMPTS = 3;

describe("the longest hold of the event loop", () => {
  let world: HoldWorld;
  before(async () => {
    world = await HoldWorld.create();
  });
  after(() => world[Symbol.asyncDispose]());

  for (const one of HOLD_CASES) {
    it(`grows with its size: ${one.what}`, { timeout: 60_000 }, async () => {
      for (let attempt = 1; ; attempt++) {
        const whole = await world.longestHold(one);
        if (whole <= ANY_MS) return;
        const half = await world.longestHold(one, 0.5);
        if (whole <= MOST_OF_HALF * half) return;
        assert.ok(attempt < ATTEMPTS, `${half.toFixed(1)} ms for half of it, ${whole.toFixed(1)} ms for all`);
      }
    });
  }
});
