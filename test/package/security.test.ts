import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { ROOT, readText } from "../support/root.ts";

const ROW = /^\| (?!-|promise|attacker|a \*\*)(.*?) \| (.*) \|$/gm;

describe("docs/security.md", () => {
  const promises = [...readText("docs/security.md").matchAll(ROW)].map(([, promise = "", tests = ""]) => ({
    promise,
    tests: [...tests.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path),
  }));

  it("names for each promise the tests that hold it", () => {
    assert.ok(promises.length >= 20, `${promises.length} promises`);
    for (const { promise, tests } of promises) {
      assert.ok(tests.length > 0, promise);
      for (const path of tests) {
        assert.match(path, /^test\/.*\.test\.ts$/, promise);
        assert.ok(existsSync(join(ROOT, path)), path);
      }
    }
  });
});
