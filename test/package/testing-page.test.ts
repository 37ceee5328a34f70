import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";
import { startHttpbin } from "../support/httpbin.ts";
import { inRoot, readText } from "../support/root.ts";
import { runCli } from "../support/run-cli.ts";

/** It is inside the package, so that it can import the package by its name. */
const FOLDER = inRoot(".cache/testing-page");

/** A file of the page: a block that has its name as a title. */
function fileNamed(name: string): string {
  const [, text = ""] =
    new RegExp(`^\`\`\`\\w+ title="${name}"\n(.*?)^\`\`\`$`, "ms").exec(readText("docs/testing.md")) ?? [];
  assert.ok(text.length > 0, name);
  return text;
}

/** The programs of the page: a block that imports the runner begins one, and the others go on with it. */
function programs(): string[] {
  const found: string[] = [];
  for (const [, code = ""] of readText("docs/testing.md").matchAll(/^```js\n(.*?)^```$/gms)) {
    if (code.includes('from "node:test"')) found.push(code);
    else found.push(`${found.pop() ?? ""}\n${code}`);
  }
  return found;
}

describe("docs/testing.md", () => {
  let httpbin: Awaited<ReturnType<typeof startHttpbin>>;
  before(async () => {
    httpbin = await startHttpbin();
    mkdirSync(FOLDER, { recursive: true });
    for (const name of ["hook.ts", "hook.js"]) writeFileSync(join(FOLDER, name), fileNamed(name));
  });
  after(async () => {
    await httpbin.close();
    rmSync(FOLDER, { recursive: true });
  });

  for (const [index, code] of programs().entries()) {
    it(`has tests that pass: program ${index + 1}`, async () => {
      const tests = code.match(/^test\(/gm)?.length ?? 0;
      assert.ok(tests > 0);
      writeFileSync(join(FOLDER, `${index}.test.mjs`), code.replaceAll("https://httpbin.org", httpbin.url));
      const args = ["--test-reporter=tap", `${index}.test.mjs`];
      // In a process that a test has started, the runner would print something else.
      const { NODE_TEST_CONTEXT: _, CI: __, ...env } = process.env;
      const run = async (more: Record<string, string>): Promise<void> => {
        const options = { cwd: FOLDER, env: { ...env, ...more } };
        const { stdout } = await promisify(execFile)(process.execPath, args, options);
        assert.match(stdout, new RegExp(`^# pass ${tests}$`, "m"));
      };
      await run({});
      // What has been recorded is there now.
      if (code.includes("cassetteOf")) await run({ CI: "true" });
    });
  }

  it("has tests for the command line that pass", async () => {
    const [, yaml = ""] = /^```yaml\n(.*?)^```$/ms.exec(readText("docs/testing.md")) ?? [];
    writeFileSync(join(FOLDER, "hook.test.yaml"), yaml);
    const { code, stdout } = await runCli(["test", join(FOLDER, "hook.test.yaml")]);
    assert.match(stdout.toString(), /^3 passed, 0 failed$/m);
    assert.equal(code, 0);
  });
});
