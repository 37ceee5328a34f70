import assert from "node:assert/strict";
import { it } from "node:test";
import { playFaults } from "./faults.ts";

it("calls to a server of HTTP/2 that does everything wrong all end, and leave nothing", async () => {
  const counts = await playFaults(1, 600);
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  assert.equal(total, 600);
});
