import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SecretWorld } from "./secret-world.ts";
import { isBelow } from "./worst-reading.ts";

// The same calls every time: `npm run test:long -- secrets` plays others.
const SEED = 1;
const CALLS = 600;

describe("generated calls under rules with secrets", () => {
  it(`leak none: ${CALLS} calls`, async () => {
    await using world = await SecretWorld.create();
    const { rightful, leaks } = await world.play(SEED, CALLS);
    assert.deepEqual(leaks, []);
    assert.ok(rightful > CALLS / 10, `${rightful} requests had a secret`);
  });
});

describe("the worst reading of a path", () => {
  it("is below a folder only if no server reads it elsewhere", () => {
    const below = ["/v1/x", "/v1/", "/v1/x?/../..", "/%76%31/x", "/v1/a;b", "/v1/100%25"];
    const elsewhere = [
      "/v1/../x",
      "/v1/%2e%2e/x",
      "/v1/%252e%252e/x",
      "/v1/..;/x",
      "/v1\\..\\x",
      "/v1",
      "/%00/v1/",
    ];
    for (const target of below) assert.ok(isBelow("/v1/", target), target);
    for (const target of elsewhere) assert.ok(!isBelow("/v1/", target), target);
  });
});
