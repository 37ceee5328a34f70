import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { RedisServer } from "../support/redis-server.ts";
import { inRoot, readText } from "../support/root.ts";

/** It is where both packages are installed. */
const MODULE = inRoot(".cache/queue/fleet-docs.mjs");

const END = `
const { code } = await http.http_background("default", "http://127.0.0.1:1/");
// On a machine that does much else, the first answer may be late.
while (http.stats().default.fleet.state !== "joined") await new Promise((resolve) => setTimeout(resolve, 20));
console.log(code);
await http.close();
client.disconnect();
`;

describe("docs/fleet.md", () => {
  it("has a set-up that works as it is written", { timeout: 120_000 }, async () => {
    await using redis = await RedisServer.start();
    const [, code = ""] = /```js\n(.*?)```/s.exec(readText("docs/fleet.md")) ?? [];
    writeFileSync(MODULE, code + END);
    const env = { ...process.env, REDIS_URL: `redis://127.0.0.1:${redis.port}` };
    const { stdout } = await promisify(execFile)(process.execPath, [MODULE], { env });
    assert.equal(stdout.trim(), "COULDNT_CONNECT");
  });
});
