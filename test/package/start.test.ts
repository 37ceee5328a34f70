import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { inRoot } from "../support/root.ts";

const START = inRoot("dist/examples/start.js");

describe("npm start", () => {
  it("runs every example script in the sandbox", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [START]);
    assert.match(stdout, /> attempt 2: status 503\n {2}> delivered with attempt 3\n\n {2}= 3,/);
    assert.match(stdout, /> uploaded 77 bytes: 200\n/);
    assert.match(stdout, /> 1000 × status 200\n/);
  });
});
