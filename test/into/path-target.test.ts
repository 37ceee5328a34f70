import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { PathTarget } from "../../host/into/path-target.ts";

/** After so many turns of the event loop, a file is open. */
const TURNS = 25;

describe("a path", () => {
  it("has nothing beside it when it was abandoned, at whatever moment of being opened", async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "path-target-"));
    t.after(() => rm(folder, { recursive: true }));
    for (let turns = 0; turns < TURNS; turns++) {
      const target = new PathTarget(join(folder, "content"));
      let isOpening = true;
      const opening = target.open().catch(() => {});
      void opening.then(() => {
        isOpening = false;
      });
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      await target.abandon(new Error("the call has failed"));
      const seen = readdirSync(folder);
      for (; isOpening; await nextTurn()) seen.push(...readdirSync(folder));
      assert.deepEqual(seen, [], `after ${turns} turns`);
    }
  });
});
