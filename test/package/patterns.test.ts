import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { inRoot } from "../support/root.ts";

/** Each needs more than linear time for some text, or cannot be checked. */
const SLOW = [
  "/^[ \\t]+|[ \\t]+$/g",
  "/%.*$/",
  "/(a+)+b/",
  "/(?:a|ab)*c/",
  "/\\s*,\\s*$/",
  'new RegExp("a")',
  "RegExp(process.title)",
];
const FAST = ["/^[ \\t]+/", "/[ \\t]+/g", "/^[^:]*:[^:]*$/", "/\\r\\n|\\n/", '/"[^"]*"/'];

describe("the check of regular expressions", () => {
  it("refuses those that foreign text could make slow, and no others", () => {
    const folder = mkdtempSync(join(tmpdir(), "patterns-"));
    const path = join(folder, "patterns.ts");
    writeFileSync(path, [...SLOW, ...FAST].map((text) => `export const x: RegExp = ${text};`).join("\n"));
    const { stderr, status } = spawnSync(process.execPath, [inRoot("scripts/patterns.js"), path], {
      encoding: "utf8",
    });
    rmSync(folder, { recursive: true });
    assert.equal(status, 1);
    const lines = [...stderr.matchAll(/patterns\.ts:(\d+): /g)].map(([, line]) => Number(line));
    assert.deepEqual(
      [...new Set(lines)],
      SLOW.map((_, index) => index + 1),
      stderr,
    );
  });
});
