// Compiles uses of the packed package with each version of TypeScript that people have, and each way to find modules.
// Usage: node scripts/types.js
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TYPED_USES } from "./package/typed-use.js";
import { inRoot } from "./project.js";

const VERSIONS = ["5.4", "5.9", "6", "7"];
/** `to` is the last version that has it. */
const RESOLUTIONS = [
  { module: "nodenext", resolution: "nodenext", files: ["use.mts", "use.cts"] },
  { module: "esnext", resolution: "bundler", files: ["use.mts"] },
  { module: "commonjs", resolution: "node10", files: ["use10.ts"], to: "5.9" },
];
const STRICT = [
  "--strict",
  "--exactOptionalPropertyTypes",
  "--noEmit",
  "--target",
  "es2022",
  "--lib",
  "es2023",
];

const folder = mkdtempSync(join(tmpdir(), "http-background-types-"));
try {
  run("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder], inRoot("."));
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  const faults = VERSIONS.flatMap((version) => checkVersion(version, tarball));
  for (const fault of faults) console.log(fault);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

/** @returns what the compiler says, for each combination that it does not accept */
function checkVersion(version, tarball) {
  const project = mkdtempSync(join(folder, "project-"));
  writeFileSync(join(project, "package.json"), JSON.stringify({ private: true }));
  const files = { ...TYPED_USES, "use10.ts": TYPED_USES["use.cts"] };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(project, name), text);
  run(
    "npm",
    ["install", "--silent", "--ignore-scripts", tarball, "@types/node@20", `typescript@${version}`],
    project,
  );
  const faults = [];
  for (const { module, resolution, files: uses, to = version } of RESOLUTIONS) {
    if (Number(version) > Number(to)) continue;
    for (const skip of ["true", "false"]) {
      const how = [
        "--module",
        module,
        "--moduleResolution",
        resolution,
        "--skipLibCheck",
        skip,
        "--types",
        "node",
      ];
      const name = `TypeScript ${version}, ${resolution}, skipLibCheck ${skip}`;
      const { status, stdout } = spawnSync(
        join(project, "node_modules/.bin/tsc"),
        [...STRICT, ...how, ...uses],
        {
          cwd: project,
          encoding: "utf8",
        },
      );
      console.log(`${name}: ${status === 0 ? "ok" : "FAILED"}`);
      if (status !== 0) faults.push(`${name}:\n${stdout}`);
    }
  }
  return faults;
}

function run(command, args, cwd) {
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}`);
}
