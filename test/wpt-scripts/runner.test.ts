import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { SuiteWorld } from "./suite-world.ts";

/** As much of the harness as the runner uses. */
const HARNESS = `
  const tests = [], callbacks = [];
  globalThis.add_completion_callback = (callback) => callbacks.push(callback);
  globalThis.promise_test = (run, name) => tests.push(run().then(
    () => ({ name, status: 0 }), (error) => ({ name, status: 1, message: error.message })));
  globalThis.done = () => Promise.all(tests).then((ended) => callbacks.forEach((callback) => callback(ended, { status: 0 })));
`;

describe("the runner of web platform tests", () => {
  it("tells what passes and what fails, with the files that a test includes and fetches", async () => {
    const folder = mkdtempSync(join(tmpdir(), "web-platform-"));
    try {
      for (const name of ["resources", "a/resources"]) mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, "resources/testharness.js"), HARNESS);
      writeFileSync(join(folder, "resources/shared.js"), "globalThis.one = 1;");
      writeFileSync(join(folder, "a/resources/data.json"), "[2]");
      writeFileSync(
        join(folder, "a/b.any.js"),
        `// META: script=/resources/shared.js
         promise_test(async () => { if (one + (await (await fetch("resources/data.json")).json())[0] !== 3) throw new Error("no"); }, "good");
         promise_test(async () => { throw new Error("a reason"); }, "bad");`,
      );
      const world = await SuiteWorld.create(folder);
      assert.deepEqual(await world.run("a/b.any.js"), [
        { name: "good", isPassed: true, message: "" },
        { name: "bad", isPassed: false, message: "a reason" },
      ]);
      await world.close();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
