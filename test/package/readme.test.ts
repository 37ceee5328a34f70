import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { startHttpbin } from "../support/httpbin.ts";
import { inRoot, ROOT, readText } from "../support/root.ts";

/** It is inside the package, so that it can import the package by its name. */
const MODULE = inRoot(".cache/readme.mjs");

describe("README.md", () => {
  let httpbin: Awaited<ReturnType<typeof startHttpbin>>;
  before(async () => {
    httpbin = await startHttpbin();
  });
  after(async () => {
    await httpbin.close();
    await rm(MODULE, { force: true });
  });

  it("has examples that print what is written beside them", async () => {
    const readme = readText("README.md");
    const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = ""]) => code);
    assert.ok(blocks.length >= 5, "five examples");
    const code = blocks.join("\n");
    const expected = [...code.matchAll(/^\s*console\.log\(.*\); \/\/ (.*)$/gm)].map(([, output]) => output);
    assert.equal(expected.length, code.match(/console\.log/g)?.length);

    await writeFile(MODULE, code.replaceAll("https://httpbin.org", httpbin.url));
    const { stdout } = await promisify(execFile)(process.execPath, [MODULE], { cwd: ROOT });
    assert.deepEqual(stdout.trimEnd().split("\n"), expected);
  });
});
