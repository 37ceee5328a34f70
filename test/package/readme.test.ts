import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { startHttpbin } from "../support/httpbin.ts";
import { inRoot, ROOT, readText } from "../support/root.ts";

/** It is inside the package, so that it can import the package by its name. */
const MODULE = inRoot(".cache/readme.mjs");
const FOLDER = inRoot(".cache/readme");
const CLI = inRoot("dist/package/cli.js");

describe("README.md", () => {
  let httpbin: Awaited<ReturnType<typeof startHttpbin>>;
  before(async () => {
    httpbin = await startHttpbin();
  });
  after(async () => {
    await httpbin.close();
    await rm(MODULE, { force: true });
    await rm(FOLDER, { recursive: true, force: true });
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

  it("has first scripts that run, from an application and from the command line", async () => {
    const readme = readText("README.md").replaceAll("https://httpbin.org", httpbin.url);
    mkdirSync(FOLDER, { recursive: true });
    for (const [, name = "", code = ""] of readme.matchAll(/^```js title="([\w.]+)"\n(.*?)^```$/gms)) {
      writeFileSync(join(FOLDER, name), code);
    }
    const [, assemblyScript = ""] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? [];
    writeFileSync(join(FOLDER, "hook.ts"), assemblyScript);

    const run = async (...args: string[]) =>
      (await promisify(execFile)(process.execPath, args, { cwd: FOLDER })).stdout.trimEnd();
    const [, printed = ""] = /^console\.log\(output.*; \/\/ (.*)$/m.exec(readme) ?? [];
    assert.equal(await run("app.mjs"), printed);
    const commands = [...readme.matchAll(/^npx http-background (run .*)$/gm)].map(([, args = ""]) =>
      args.split(" "),
    );
    assert.equal(commands.length, 2);
    const [javaScript = [], other = []] = commands;
    assert.equal(await run(CLI, ...javaScript), "200 b");
    assert.match(await run(CLI, ...other), /^200: \{/);
  });
});
