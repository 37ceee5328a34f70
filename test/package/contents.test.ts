import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { npm } from "../support/npm.ts";
import { readText } from "../support/root.ts";

const REQUIRED = [
  "package.json",
  "README.md",
  "LICENSE",
  "CHANGELOG.md",
  "ARCHITECTURE.md",
  "SECURITY.md",
  "docs/security.md",
  "http-background.schema.json",
  "dist/http-background.wasm",
  "dist/host/index.js",
  "dist/host/index.d.ts",
  "dist/host/cli/main.js",
  "dist/host/api/config-validator.js",
  "dist/transform/index.js",
  "dist/assembly/abi.js",
  "assembly/abi.ts",
  "assembly/index.ts",
  "assembly/script/alloc.ts",
  "assembly.d.ts",
  "dist/transform/index.d.ts",
];

const ALLOWED = [
  /^[A-Z]+\.md$|^LICENSE$|^package\.json$|^http-background\.schema\.json$/,
  /^docs\/[a-z-]+\.md$/,
  /^assembly\/([a-z-]+\/)*[a-z0-9_-]+\.ts$/,
  /^assembly\.d\.ts$/,
  /^dist\/(host|transform|assembly)\/([a-z0-9-]+\/)*[a-z0-9-]+\.(js|d\.ts)$/,
  /^dist\/http-background\.wasm$/,
];

interface Manifest {
  scripts: Record<string, string>;
  exports: Record<string, string | Record<string, string>>;
  bin: Record<string, string>;
  dependencies: Record<string, string>;
}

interface Locked {
  dev?: boolean;
  hasInstallScript?: boolean;
}

describe("the package", async () => {
  const manifest = JSON.parse(readText("package.json")) as Manifest;
  const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const [packed] = JSON.parse(await npm(...pack)) as [{ files: { path: string }[] }];
  const contents = packed.files.map(({ path }) => path);

  it("has everything in it that it needs", () => {
    assert.deepEqual(
      REQUIRED.filter((path) => !contents.includes(path)),
      [],
    );
  });

  it("has nothing else in it: no tests, no benchmarks, no source maps", () => {
    assert.deepEqual(
      contents.filter((path) => !ALLOWED.some((pattern) => pattern.test(path))),
      [],
    );
  });

  it("contains what its exports and its command name", () => {
    const targets = [...Object.values(manifest.exports), manifest.bin].flatMap((entry) =>
      typeof entry === "string" ? [entry] : Object.values(entry),
    );
    for (const target of targets) assert.ok(contents.includes(target.replace(/^\.\//, "")), target);
  });

  it("is installed without running anything, and so is all it depends on", () => {
    for (const name of ["preinstall", "install", "postinstall", "prepare"]) {
      assert.equal(manifest.scripts[name], undefined, name);
    }
    const lock = JSON.parse(readText("package-lock.json")) as {
      packages: Record<string, Locked>;
    };
    const running = Object.entries(lock.packages).filter(
      ([, { dev, hasInstallScript }]) => !dev && hasInstallScript,
    );
    assert.deepEqual(running, []);
  });

  it("is used with the one undici that it was tested with: its reads and writes are wrapped", () => {
    assert.match(manifest.dependencies.undici ?? "", /^\d+\.\d+\.\d+$/);
  });
});
