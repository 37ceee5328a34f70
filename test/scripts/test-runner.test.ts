import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { inRoot } from "../support/root.ts";

const FILES = {
  "endless.test.mjs": `import { it } from "node:test";
    // Not for ever, if nobody is there to end it.
    it("spins", () => { for (const end = Date.now() + 30_000; Date.now() < end; ); });`,
  "failing.test.mjs": `import assert from "node:assert/strict";
    import { describe, it } from "node:test";
    describe("a suite", () => {
      it("differs", () => assert.deepEqual({ a: 1 }, { a: 2 }));
      it("is left out", { skip: "for now" }, () => {});
    });`,
  "hanging.test.mjs": `import { describe, it } from "node:test";
    describe("a suite", () => {
      it("is well", () => {});
      it("hangs", async () => { setInterval(() => {}, 1000); await new Promise(() => {}); });
      it("comes after it", () => {});
    });`,
  "long.test.mjs": `import { it } from "node:test";
    for (let i = 0; i < 4; i++) it("is short", () => new Promise((resolve) => setTimeout(resolve, 500)));`,
  "throwing.test.mjs": `throw new Error("before any test");`,
};

describe("npm test", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "test-runner-"));
    for (const [name, code] of Object.entries(FILES)) await writeFile(join(folder, name), code);
  });
  after(() => rm(folder, { recursive: true }));

  async function run(...args: string[]): Promise<{ code: unknown; output: string }> {
    const argv = [inRoot("scripts/test.js"), "--in", folder, "--timeout", "1.5", ...args];
    return new Promise((resolve) => {
      execFile(process.execPath, argv, (error, stdout) =>
        resolve({ code: error?.code ?? 0, output: stdout }),
      );
    });
  }

  it("leaves out what it is told to", async () => {
    const except = ["endless", "failing", "hanging", "throwing"].flatMap((name) => ["--except", name]);
    const { code, output } = await run(...except);
    assert.deepEqual([code, output.match(/^(ok|FAIL) +\S+/gm)], [0, ["ok    long.test.mjs"]]);
  });

  it("names what failed, and ends and names what hangs", async () => {
    const started = performance.now();
    const { code, output } = await run();
    assert.equal(code, 1);
    assert.ok(performance.now() - started < 20_000);
    assert.match(output, /^ok {4}long\.test\.mjs {2}4, /m);
    assert.match(output, /^not ok: a suite > differs\n {2}at .*failing\.test\.mjs:4:7\n/m);
    assert.match(output, /^ {2}\+ {3}a: 1\n {2}- {3}a: 2\n/m);
    assert.match(
      output,
      /^not ok: a suite > hangs\n.*hanging\.test\.mjs:4:7\n\n {2}nothing happened for 1.5 s/m,
    );
    assert.match(output, /^not ok: endless\.test\.mjs\n\n {2}nothing happened for 1.5 seconds/m);
    assert.match(output, /^ {4}\| Error: before any test/m);
    const counts = "# tests 10\n# suites 1\n# pass 5\n# fail 4\n# cancelled 0\n# skipped 1\n# todo 0\n";
    assert.ok(output.includes(`\n\n${counts}# duration_ms `), output.slice(-200));
  });

  it("runs what is asked for, and says so when there is none", async () => {
    const { code, output } = await run("long", "--tap");
    assert.equal(code, 0);
    assert.match(output, /^TAP version 13\nok 1 - long\.test\.mjs > is short\n/);
    assert.match(output, /\n1\.\.4\n# tests 4\n/);
    assert.equal((await run("nothing")).code, 1);
  });
});
