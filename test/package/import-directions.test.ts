import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";
import { ROOT } from "../support/root.ts";

const BIOME = createRequire(import.meta.url).resolve("@biomejs/biome/bin/biome");
const CONFIGURATION = ["biome.json", "biome.rooms.json", ".gitignore"];

const FORBIDDEN: [file: string, imports: string][] = [
  ["assembly/abi.ts", 'import { a } from "./failure.ts";'],
  ["assembly/values/reader.ts", 'import { a } from "../options/table.ts";'],
  ["assembly/encoding/encoder.ts", 'import { a } from "../body/plan.ts";'],
  ["assembly/encoding/base64.ts", 'import { perform } from "../http_background.ts";'],
  ["assembly/options/table.ts", 'import { a } from "../request.ts";'],
  ["assembly/body/plan.ts", 'import { a } from "../plugin.ts";'],
  ["assembly/body/multipart.ts", 'import { perform } from "../http_background.ts";'],
  ["assembly/transfer.ts", 'import { perform } from "./http_background.ts";'],
  ["assembly/script/reply.ts", 'import { call } from "../http_background.ts";'],
  ["assembly/script/post.ts", 'import { a } from "../body/post.ts";'],
  ["assembly/script/http-background.ts", 'import { request } from "../request.ts";'],
  ["host/api/errors.ts", 'import { a } from "../network/transfer/failures.ts";'],
  ["host/api/http-background.ts", 'import { a } from "../guest/engine/engine.ts";'],
  ["host/collections/lru.ts", 'import { a } from "../network/url/url.ts";'],
  ["host/guest/engine/fiber.ts", 'import { a } from "../../network/pool/pool.ts";'],
  ["host/guest/engine/engine.ts", 'export { a } from "../../http-background.ts";'],
  ["host/guest/engine/meter.ts", 'import { a } from "../plugin.ts";'],
  ["host/guest/parked/image.ts", 'import { a } from "undici";'],
  ["host/guest/parked/memory.ts", 'import { a } from "../../../assembly/memory.ts";'],
  ["host/guest/wire/handles.ts", 'import type { A } from "../../network/pool/pool.ts";'],
  ["host/network/body/source.ts", 'import { a } from "../http1/exchange.ts";'],
  ["host/network/call/call.ts", 'import type { Pool } from "../pool/pool.ts";'],
  ["host/network/connect/connector.ts", 'import { a } from "../policy/policy.ts";'],
  ["host/network/pool/pool.ts", 'import { a } from "../../guest/engine/engine.ts";'],
  ["host/network/pool/lane.ts", 'import { a } from "../call/call.ts";'],
  ["host/network/pool/lanes.ts", 'import { a } from "undici";'],
  ["host/network/route/tls.ts", 'const a = await import("../../guest/engine/engine.ts");'],
  ["host/network/route/proxy.ts", 'import { a } from "ipaddr.js";'],
  ["host/network/transfer/transfer.ts", 'import type { A } from "../body/source.ts";'],
  ["host/network/url/url.ts", 'import { a } from "../../index.ts";'],
  ["host/network/network.ts", 'import { a } from "../guest/plugin.ts";'],
  ["host/script/runtime.ts", 'import { a } from "../network/pool/pool.ts";'],
  ["host/script/blame/errors.ts", 'import { a } from "../run/run.ts";'],
  ["host/cli/call.ts", 'import { a } from "../network/pool/pool.ts";'],
  ["host/cli/run.ts", 'import { a } from "../http-background.ts";'],
  ["host/http-background.ts", 'import { a } from "./cli/call.ts";'],
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
    'import { b } from "./guest/plugin.ts";\nimport { a } from "./network/network.ts";',
  ],
  [
    "host/guest/engine/module.ts",
    'import { b } from "../confine/confine.ts";\nimport { a } from "../../../assembly/abi.ts";',
  ],
  ["host/network/call/call.ts", 'import type { A } from "../pool/exchange-source.ts";'],
  [
    "host/network/http1/connection.ts",
    'import { a } from "undici";\nimport { b } from "../transfer/failures.ts";',
  ],
  ["host/cli/call.ts", 'import { a } from "../index.ts";\nimport { b } from "../script/index.ts";'],
];

/** Files that import themselves through others. */
const CIRCLES: [file: string, imports: string][] = [
  ["host/api/a.ts", 'import { b } from "./b.ts";\nexport const a = b;'],
  ["host/api/b.ts", 'import { a } from "./a.ts";\nexport const b = a;'],
  ["host/network/url/c.ts", 'import type { D } from "./d.ts";\nexport type C = D;'],
  ["host/network/url/d.ts", 'import type { C } from "./c.ts";\nexport type D = C;'],
];

/** Of a project with the files in `cases`, the files that break the linter's `rule`. */
function refused(cases: [file: string, imports: string][], rule: string): string[] {
  const folder = mkdtempSync(join(tmpdir(), "http-background-"));
  try {
    for (const name of CONFIGURATION) cpSync(join(ROOT, name), join(folder, name));
    for (const [file, imports] of cases) {
      mkdirSync(dirname(join(folder, file)), { recursive: true });
      writeFileSync(join(folder, file), `${imports}\n`);
    }
    const args = ["lint", `--only=${rule}`, "--max-diagnostics=none", "--colors=off", "."];
    const { stdout, stderr } = spawnSync(process.execPath, [BIOME, ...args], {
      cwd: folder,
      encoding: "utf8",
    });
    assert.match(stdout + stderr, /Checked \d+ files/);
    const found = `${stdout}${stderr}`.matchAll(new RegExp(`^(\\S+?):\\d+:\\d+ lint/${rule}`, "gm"));
    return [...new Set([...found].map((match) => match[1] ?? ""))].sort();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Which folders of `side` import which other folders. It reads the files. */
function readFolders(side: string): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const name of readdirSync(join(ROOT, side), { recursive: true, encoding: "utf8" })) {
    if (!name.endsWith(".ts")) continue;
    const file = join(side, name);
    const folder = dirname(file);
    const imported = folders.get(folder) ?? new Set();
    folders.set(folder, imported);
    for (const [, path = ""] of readFileSync(join(ROOT, file), "utf8").matchAll(/\bfrom "(\.[^"]+)"/g)) {
      const target = dirname(relative(ROOT, resolve(ROOT, folder, path)));
      if (target !== folder) imported.add(target);
    }
  }
  return folders;
}

/** The folders on a path from `folder` back to itself; empty if there is no such path. */
function findCircle(folder: string, folders: Map<string, Set<string>>, way: string[] = []): string[] {
  if (way[0] === folder) return way;
  if (way.includes(folder)) return [];
  for (const next of folders.get(folder) ?? []) {
    const circle = findCircle(next, folders, [...way, folder]);
    if (circle.length > 0) return circle;
  }
  return [];
}

describe("import directions", () => {
  it("are enforced by the linter", () => {
    assert.deepEqual(refused(FORBIDDEN, "style/noRestrictedImports"), FORBIDDEN.map(([file]) => file).sort());
  });

  it("allow what the rooms need", () => {
    assert.deepEqual(refused(ALLOWED, "style/noRestrictedImports"), []);
  });

  it("have no circles, of types neither", () => {
    assert.deepEqual(refused(CIRCLES, "suspicious/noImportCycles"), CIRCLES.map(([file]) => file).sort());
  });

  it("are those of the table of rooms", () => {
    const { status, stderr } = spawnSync(process.execPath, [join(ROOT, "scripts", "rooms.js"), "--check"], {
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
  });

  it("let no folder of the host reach up", () => {
    const folders = readFolders("host");
    for (const folder of folders.keys()) assert.deepEqual(findCircle(folder, folders), [], folder);
  });

  it("give every folder of the host a sentence", () => {
    const text = readFileSync(join(ROOT, "ARCHITECTURE.md"), "utf8");
    for (const folder of readFolders("host").keys()) assert.ok(text.includes(`| \`${folder}/\` |`), folder);
  });
});
