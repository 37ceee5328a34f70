// Packs the package and checks it from outside: its exports and types, its size, and its installation.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { TYPED_USES } from "./package/typed-use.js";

/** Maximum size of the guest in bytes. It is in every installation, and compiled at every start. */
const WASM_BUDGET = 28_000;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = join(root, "node_modules", ".bin");
const folder = mkdtempSync(join(tmpdir(), "http-background-"));

function run(command, args, cwd = root) {
  console.log(`$ ${[command, ...args].join(" ")}`);
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

function checkSize() {
  const { size } = statSync(join(root, "dist", "http-background.wasm"));
  console.log(`http-background.wasm: ${size} bytes of ${WASM_BUDGET}`);
  if (size > WASM_BUDGET) throw new Error("the guest is larger than its budget");
}

/** Installs the package in a project that has nothing else. */
function checkInstallation(tarball) {
  const project = mkdtempSync(join(folder, "project-"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", private: true }));
  run("npm", ["install", "--silent", tarball], project);
  writeFileSync(
    join(project, "main.js"),
    `import { createHttpBackground } from "http-background";
     const http = await createHttpBackground({ threads: [{ id: "default" }] });
     const { code } = await http.http_background("default", "http://127.0.0.1:1/");
     await http.close();
     if (code !== "COULDNT_CONNECT") throw new Error(code);`,
  );
  run(process.execPath, ["main.js"], project);
  run("npx", ["--no-install", "http-background", "--version"], project);
}

/** How a project may find modules, and the types of which Node it has. */
const RESOLUTIONS = [
  { module: "nodenext", resolution: "nodenext", types: "20", files: ["use.mts", "use.cts"] },
  { module: "node16", resolution: "node16", types: "24", files: ["use.mts", "use.cts"] },
  { module: "esnext", resolution: "bundler", types: "24", files: ["use.mts"] },
];

/** Checks the types as users with the strictest settings would, without any library but that of the language. */
function checkTypes(tarball) {
  const project = mkdtempSync(join(folder, "types-"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true }));
  for (const [name, text] of Object.entries(TYPED_USES)) writeFileSync(join(project, name), text);
  let installed;
  for (const { module, resolution, types, files } of RESOLUTIONS) {
    if (types !== installed) run("npm", ["install", "--silent", tarball, `@types/node@${types}`], project);
    installed = types;
    const strict = ["--strict", "--exactOptionalPropertyTypes", "--skipLibCheck", "false", "--lib", "es2023"];
    const how = ["--noEmit", "--module", module, "--moduleResolution", resolution, "--target", "es2022"];
    run(join(bin, "tsc"), [...how, ...strict, ...files], project);
  }
}

try {
  run("npm", ["pack", "--silent", "--pack-destination", folder]);
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  console.log(`${tarball}: ${statSync(tarball).size} bytes`);
  run(join(bin, "publint"), ["run", "--strict", tarball]);
  run(join(bin, "attw"), [
    tarball,
    "--profile",
    "esm-only",
    "--exclude-entrypoints",
    "http-background.wasm",
    "guest/tsconfig.json",
  ]);
  checkSize();
  checkInstallation(tarball);
  checkTypes(tarball);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
