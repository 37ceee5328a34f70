import assert from "node:assert/strict";
import { it } from "node:test";
import { countProduced, turnToProduce } from "../../../host/network/body/upload-quota.ts";

it("lets the event loop turn after half a MiB of bodies, and no earlier", async () => {
  await turnToProduce();
  assert.equal(turnToProduce(), null);
  countProduced(512 * 1024 - 1);
  assert.equal(turnToProduce(), null);
  countProduced(1);
  const turn = turnToProduce();
  assert.notEqual(turn, null);
  let hasTurned = false;
  setImmediate(() => {
    hasTurned = true;
  });
  await turn;
  await new Promise(setImmediate);
  assert.ok(hasTurned);
  assert.equal(turnToProduce(), null);
});
