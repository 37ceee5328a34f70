import assert from "node:assert/strict";
import { it } from "node:test";
import { isMovable, movableBytes } from "../../host/guest/parked/movable.ts";

const KIB = 1024;

it("long bytes for another thread have memory of their own, which can be given away", () => {
  assert.equal(isMovable(movableBytes(64 * KIB)), true);
  assert.equal(isMovable(movableBytes(64 * KIB - 1)), false);
  assert.equal(isMovable(Buffer.from(new SharedArrayBuffer(64 * KIB))), false);
  assert.equal(isMovable(Buffer.alloc(65 * KIB).subarray(KIB)), false);
});
