import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { playCorpus } from "./corpus.ts";

// The same cases every time: `npm run test:hostile` plays others.
const seed = Number(process.env.SEED ?? 1);
const cases = Number(process.env.CASES ?? 3000);

describe("hostile scripts, modules and values", () => {
  it(`do no harm: ${cases} cases of SEED=${seed}`, async () => {
    const { outcomes } = await playCorpus({ seed, cases });
    const played = [...outcomes.values()].flatMap((counts) => [...counts.values()]);
    assert.equal(
      played.reduce((sum, count) => sum + count, 0),
      cases,
    );
  });
});
