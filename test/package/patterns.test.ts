import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { findBacktracking } from "../support/backtracking.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** What runs in the process of a user. */
const FOLDERS = ["host", "transform"];

/** Patterns that may stay although the check does not clear them, and why they do no harm. */
const HARMLESS: Readonly<Record<string, string>> = {};

interface Found {
  readonly where: string;
  readonly pattern: string;
}

/** Every pattern that a file spells, and every one that it makes of a text. */
function readPatterns(file: string): Found[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(ROOT, file), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: Found[] = [];
  const visit = (node: ts.Node): void => {
    const isMade = ts.isIdentifier(node) && node.text === "RegExp" && !ts.isTypeNode(node.parent);
    if (ts.isRegularExpressionLiteral(node) || isMade) {
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      found.push({ where: `${file}:${line + 1}`, pattern: node.getText() });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

function check(pattern: string): string | null {
  const end = pattern.lastIndexOf("/");
  return end < 1 ? "made of a text" : findBacktracking(pattern.slice(1, end), pattern.slice(end + 1));
}

describe("findBacktracking", () => {
  it("finds patterns that take more time than the text is long", () => {
    const slow: [pattern: string, why: string][] = [
      ["/^[ \\t]+|[ \\t]+$/g", "polynomial"],
      ["/x+$/", "polynomial"],
      ["/%.*$/", "polynomial"],
      ["/(\\d+)\\.(\\d+)$/", "polynomial"],
      ["/\\s*,/", "polynomial"],
      ["/^([^/]*)(?:\\/([0-9]*).*)?$/", "polynomial"],
      ["/^\\s*x?\\s*$/", "polynomial"],
      ["/a(?:.*z)?/", "polynomial"],
      ["/^(?:ab)*a*(?:ba)*$/", "polynomial"],
      ["/^.*x.*y/", "polynomial"],
      ["/^(a+)+$/", "exponential"],
      ["/^(?:a|a)*$/", "exponential"],
      ["/^(?:\\w|\\d)*$/", "exponential"],
      ["/^(?:a|ab|b)*$/", "exponential"],
      ["/^(?:a*)*$/", "not understood: (?:a*)*"],
      ["/^(a)\\1$/", "not understood: \\1"],
      ["/^(?=a*b)/", "not understood: (?=a*b)"],
    ];
    for (const [pattern, why] of slow) assert.equal(check(pattern), why, pattern);
  });

  it("lets the others pass", () => {
    for (const pattern of [
      "/^x+$/",
      "/[ \\t]+/g",
      "/^[ \\t]*([^\\r\\n]*)/",
      "/:\\d*$/",
      "/(^|\\.)(\\d+|0x[\\da-f]*)\\.?$/i",
      "/^(.*)$/s",
      "/(?:^|\\/)lib\\/(.+)$/s",
      "/^(?:[^:]+:[^\\r]*\\r\\n)*\\r\\n$/",
      '/"(?:[^"\\\\]|\\\\.)*"/sy',
      "/^a{1,64}a{1,64}$/",
      "/x+$/y",
    ])
      assert.equal(check(pattern), null, pattern);
  });
});

describe("patterns", () => {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"))
      .map((name) => join(folder, name)),
  );
  const found = files.flatMap(readPatterns);

  it("take the time that the text is long, whoever wrote it", () => {
    assert.ok(found.length > 30);
    const slow = found.filter(({ pattern }) => !(pattern in HARMLESS) && check(pattern) !== null);
    assert.deepEqual(
      slow.map(({ where, pattern }) => `${where} ${pattern}: ${check(pattern)}`),
      [],
    );
  });

  it("are excused only where there is something to excuse", () => {
    for (const pattern of Object.keys(HARMLESS)) {
      assert.ok(
        found.some((one) => one.pattern === pattern),
        `${pattern} is gone`,
      );
      assert.notEqual(check(pattern), null, pattern);
    }
  });
});
