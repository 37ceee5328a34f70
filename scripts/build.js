// Builds dist/ from nothing: the host (tsc, and the validator of its configuration), then the guest in both variants (asc with our transform).
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildConfigValidator } from "./config-validator.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);

/** Runs a package's command with this very Node, so that no shell or PATH comes between. */
function run(script, ...args) {
  const { status, error } = spawnSync(process.execPath, [script, ...args], { cwd: root, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

const tsc = require.resolve("typescript/bin/tsc");
const asc = join(dirname(require.resolve("assemblyscript/package.json")), "bin", "asc.js");

rmSync(join(root, "dist"), { recursive: true, force: true });
run(tsc, "-p", "tsconfig.json");
buildConfigValidator(root);
for (const target of ["release", "debug"]) {
  run(asc, "assembly/plugin.ts", "--target", target, "--transform", "./dist/transform/index.js");
  // The encoders alone, for their tests and their bench.
  const encoding = join("dist", "test", target === "debug" ? "encoding.debug" : "encoding");
  const files = ["--outFile", `${encoding}.wasm`, "--textFile", `${encoding}.wat`];
  run(asc, "test/assembly/encoding.ts", "--target", target, ...files);
}
