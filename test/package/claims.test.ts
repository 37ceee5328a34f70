import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { promisify } from "node:util";
import { SENTENCES } from "../../host/network/transfer/failures.ts";

const ROOT = dirname(createRequire(import.meta.url).resolve("http-background/package.json"));

function read(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

describe("what the documentation claims", () => {
  it("calls a code reserved if no source ends a call with it", () => {
    const folders = ["host", "assembly"].map((name) => join(ROOT, name));
    const files = folders.flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)),
    );
    const sources = files
      .filter((name) => name.endsWith(".ts") && !name.endsWith("errors.ts"))
      .map((name) => readFileSync(name, "utf8"))
      .join();
    const rows = [...read("docs/errors.md").matchAll(/^\| `(\w+)` \| .*? \| (.*) \|$/gm)];
    const reserved = rows.filter(([, , cause]) => cause?.startsWith("reserved")).map(([, code]) => code);
    const unused = Object.keys(SENTENCES).filter((code) => !sources.includes(`"${code}"`));
    assert.deepEqual(reserved.sort(), unused.sort());
  });

  it("has an example of a runtime that works as it is written", async () => {
    const [, code = ""] = /```js\n(.*?)```/s.exec(read("docs/script-runtime.md")) ?? [];
    const folder = mkdtempSync(join(tmpdir(), "docs-"));
    // It is inside the package, so that it can import the package by its name.
    const example = join(ROOT, "dist", "script-runtime.mjs");
    try {
      writeFileSync(example, code);
      writeFileSync(join(folder, "message.eml"), "hello");
      writeFileSync(
        join(folder, "hook.ts"),
        `import { args, echo, File } from "http-background/assembly";
         export function main(): i32 {
           echo(args().join("+"));
           return <i32>File.named("mail").size;
         }`,
      );
      const { stdout } = await promisify(execFile)(process.execPath, [example], { cwd: folder });
      assert.equal(stdout, "a+b\n 5\n");
    } finally {
      rmSync(example, { force: true });
      rmSync(folder, { recursive: true });
    }
  });

  it("has an example of a program as text that works as it is written", async () => {
    const [setUp = "", code = ""] = [...read("docs/script-runtime.md").matchAll(/```js\n(.*?)```/gs)].map(
      ([, block]) => block,
    );
    const [before = ""] = setUp.split("const script = ");
    const example = join(ROOT, "dist", "script-text.mjs");
    try {
      writeFileSync(example, `${before}${code}await runtime.close();\nawait http.close();\n`);
      const { stdout } = await promisify(execFile)(process.execPath, [example]);
      assert.equal(stdout, "hello\n\n");
    } finally {
      rmSync(example, { force: true });
    }
  });

  it("names files that are there in CONTRIBUTING.md", () => {
    const paths = read("CONTRIBUTING.md").matchAll(
      /`((?:assembly|bench|docs|examples|host|scripts|test|transform)\/[\w./-]+)`/g,
    );
    const names = [...paths].map(([, path = ""]) => path);
    assert.ok(names.length > 20);
    assert.deepEqual(
      names.filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
  });
});
