import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../support/root.ts";

const BIOME = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");

const FORBIDDEN: [file: string, imports: string][] = [
  ["assembly/abi.ts", 'import { a } from "./failure.ts";'],
  ["assembly/values/reader.ts", 'import { a } from "../options/table.ts";'],
  ["assembly/encoding/encoder.ts", 'import { a } from "../body/plan.ts";'],
  ["assembly/encoding/base64.ts", 'import { perform } from "../http_background.ts";'],
  ["assembly/options/table.ts", 'import { a } from "../request.ts";'],
  ["assembly/body/plan.ts", 'import { a } from "../plugin.ts";'],
  ["assembly/body/multipart.ts", 'import { perform } from "../http_background.ts";'],
  ["assembly/transfer.ts", 'import { perform } from "./http_background.ts";'],
  ["assembly/request.ts", 'import { a } from "./plugin.ts";'],
  ["assembly/script/reply.ts", 'import { call } from "../http_background.ts";'],
  ["assembly/script/post.ts", 'import { a } from "../body/post.ts";'],
  ["assembly/script/http-background.ts", 'import { request } from "../request.ts";'],
  ["host/guest/fiber.ts", 'import { a } from "../network/pool.ts";'],
  ["host/guest/handles.ts", 'import type { A } from "../network/pool.ts";'],
  ["host/guest/engine.ts", 'export { a } from "../http-background.ts";'],
  ["host/guest/image.ts", 'import { a } from "undici";'],
  ["host/guest/memory.ts", 'import { a } from "../../assembly/memory.ts";'],
  ["host/network/pool.ts", 'import { a } from "../guest/engine.ts";'],
  ["host/network/tls.ts", 'const a = await import("../guest/engine.ts");'],
  ["host/network/url.ts", 'import { a } from "../index.ts";'],
  ["host/network/proxy.ts", 'import { a } from "@assemblyscript/loader";'],
  ["host/script/runtime.ts", 'import { a } from "../network/pool.ts";'],
  ["host/cli/call.ts", 'import { a } from "../network/pool.ts";'],
  ["host/cli/run.ts", 'import { a } from "../http-background.ts";'],
  ["host/http-background.ts", 'import { a } from "./cli/call.ts";'],
  ["host/types.ts", 'import { a } from "./guest/engine.ts";'],
  ["host/errors.ts", 'import { a } from "./network/failures.ts";'],
];

const ALLOWED: [file: string, imports: string][] = [
  ["assembly/request.ts", 'import { perform } from "./http_background.ts";'],
  ["assembly/body/boundary.ts", 'import { random } from "../http_background.ts";'],
  ["assembly/body/post.ts", 'import { a } from "../options/options.ts";'],
  [
    "assembly/script/http-background.ts",
    'import { call } from "../http_background.ts";\nimport { a } from "../values/writer.ts";',
  ],
  ["assembly/script/reply.ts", 'import { read } from "../http_background.ts";'],
  [
    "host/http-background.ts",
    'import { a } from "./network/pool.ts";\nimport { b } from "./guest/engine.ts";',
  ],
  [
    "host/guest/module.ts",
    'import { a } from "../../assembly/abi.ts";\nimport { b } from "@assemblyscript/loader";',
  ],
  ["host/network/connection.ts", 'import { a } from "undici";\nimport { b } from "../errors.ts";'],
  ["host/cli/call.ts", 'import { a } from "../index.ts";\nimport { b } from "../script/runtime.ts";'],
];

/** The files of a project made of `cases` whose imports the linter refuses. */
function refused(cases: [file: string, imports: string][]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "http-background-"));
  try {
    for (const name of ["biome.json", ".gitignore"]) cpSync(join(ROOT, name), join(folder, name));
    for (const [file, imports] of cases) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${imports}\n`);
    }
    const args = ["lint", "--only=style/noRestrictedImports", "--max-diagnostics=none", "--colors=off", "."];
    const { stdout, stderr } = spawnSync(process.execPath, [BIOME, ...args], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.match(stdout + stderr, /Checked \d+ files/);
    const found = `${stdout}${stderr}`.matchAll(/^(\S+?):\d+:\d+ lint\/style\/noRestrictedImports/gm);
    return [...new Set([...found].map((match) => match[1] ?? ""))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe("import directions", () => {
  it("are enforced by the linter", () => {
    assert.deepEqual(refused(FORBIDDEN), FORBIDDEN.map(([file]) => file).sort());
  });

  it("allow what the layers need", () => {
    assert.deepEqual(refused(ALLOWED), []);
  });
});
