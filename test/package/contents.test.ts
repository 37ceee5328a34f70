import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
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
  "dist/package/index.js",
  "dist/package/index.js.map",
  "dist/package/index.cjs",
  "dist/package/testing.js",
  "dist/package/testing.cjs",
  "dist/package/otel.js",
  "dist/package/otel.cjs",
  "dist/package/fleet/redis.js",
  "dist/package/fleet/redis.cjs",
  "dist/package/ipaddr.js.LICENSE",
  "dist/package/assemblyscript-loader.LICENSE",
  "dist/package/quickjs-wasi.LICENSE",
  "dist/types/host/index.d.ts",
  "dist/types/host/otel/index.d.cts",
  "assembly/abi.ts",
  "assembly/index.ts",
  "assembly/script/alloc.ts",
  "assembly.d.ts",
  "guest.d.ts",
  "guest.tsconfig.json",
];

const ALLOWED = [
  /^[A-Z_]+\.md$|^test\/vectors\/policy\.md$|^LICENSE$|^package\.json$|^http-background\.schema\.json$/,
  /^examples\/([a-z]+\/)*[a-z-]+(\.test)?\.(js|mjs|ts|json)$/,
  /^docs\/([a-z-]+\.md|plots\/[a-z]+\.svg)$/,
  /^assembly\/([a-z-]+\/)*[a-z0-9_-]+\.ts$/,
  /^(assembly|guest)\.d\.ts$|^guest\.tsconfig\.json$/,
  /^dist\/package\/((fleet\/)?[a-z-]+\.(js|js\.map|cjs)|(ipaddr\.js|assemblyscript-loader|quickjs-wasi)\.LICENSE)$/,
  /^dist\/types\/(host|transform)\/([a-z0-9-]+\/)*[a-z-]+\.d\.c?ts$/,
  /^dist\/http-background\.wasm$/,
];

type Targets = string | { [condition: string]: Targets };

interface Manifest {
  main: string;
  types: string;
  scripts: Record<string, string>;
  exports: Record<string, Targets>;
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

  it("has nothing else in it: no tests, no benchmarks, no sources of the host", () => {
    assert.deepEqual(
      contents.filter((path) => !ALLOWED.some((pattern) => pattern.test(path))),
      [],
    );
  });

  it("has no dead link in its pages", () => {
    const pages = contents.filter((path) => path.endsWith(".md"));
    assert.ok(pages.length > 25);
    const links = pages.flatMap((page) =>
      [...readText(page).matchAll(/\]\(([^)\s#]+)[^)\s]*\)/g)].map(([, link = ""]) => ({ page, link })),
    );
    const dead = links.filter(({ page, link }) => {
      const target = join(dirname(page), link).replace(/\/$/, "");
      return (
        !/^[a-z]+:/.test(link) && !contents.some((path) => path === target || path.startsWith(`${target}/`))
      );
    });
    assert.deepEqual(dead, []);
  });

  it("contains what its exports and its command name", () => {
    const { main, types, exports, bin } = manifest;
    const filesOf = (targets: Targets): string[] =>
      typeof targets === "string" ? [targets] : Object.values(targets).flatMap(filesOf);
    const targets = [main, types, exports, bin].flatMap(filesOf);
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
