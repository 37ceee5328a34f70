// Bundles a small application with each program of docs/bundlers.md, and runs the result in an empty folder. And runs the
// application as it is with other runtimes.
// Usage: node scripts/bundlers.js
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { APPLICATION, COMPILE } from "./bundlers/application.js";
import { inRoot, read } from "./project.js";

const PACKAGES = [
  ...["@rollup/plugin-commonjs", "@rollup/plugin-node-resolve", "esbuild", "rollup", "vite", "webpack"],
  "assemblyscript",
];
/** The packages with the programs of other runtimes, and how these run a file. */
const RUNTIMES = [
  { name: "Bun", package: "@oven/bun-linux-x64", command: ["bin/bun"] },
  { name: "Deno", package: "@deno/linux-x64-glibc", command: ["deno", "run", "--allow-all"] },
];
const HAS_RUNTIMES = process.platform === "linux" && process.arch === "x64";
const PROGRAM = /^## ([^\n]*)\n.*?^```js\n(.*?)^```$/gms;
const LIMIT_MS = 300_000;

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "http-background-bundlers-"));
const server = createServer((_, response) => response.end("fine"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
try {
  const project = await makeProject();
  for (const [, name, program] of read("docs/bundlers.md").matchAll(PROGRAM)) {
    console.log(`${name}: ${await tryProgram(project, program)}`);
  }
  if (HAS_RUNTIMES)
    for (const runtime of RUNTIMES) console.log(`${runtime.name}: ${await tryRuntime(project, runtime)}`);
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}

/** A project with the packed package, all bundlers, and the application. */
async function makeProject() {
  const project = join(folder, "project");
  mkdirSync(project);
  writeFileSync(join(project, "package.json"), JSON.stringify({ type: "module", private: true }));
  const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  await run("npm", pack, { cwd: inRoot("."), timeout: LIMIT_MS });
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  // esbuild's install script would only check what is there.
  const runtimes = HAS_RUNTIMES ? RUNTIMES.map(({ package: name }) => name) : [];
  const install = ["install", "--silent", "--ignore-scripts", tarball, ...PACKAGES, ...runtimes];
  await run("npm", install, { cwd: project, timeout: LIMIT_MS });
  for (const [name, text] of Object.entries({ "app.js": APPLICATION, "compile.js": COMPILE })) {
    writeFileSync(join(project, name), text);
  }
  await runNode(project, "compile.js");
  return project;
}

/** Bundles the application, and runs it: alone, and where there is a compiler. @returns "ok", or what went wrong */
async function tryProgram(project, program) {
  const empty = mkdtempSync(join(folder, "empty-"));
  try {
    rmSync(join(project, "out"), { recursive: true, force: true });
    writeFileSync(join(project, "bundle.js"), program);
    await runNode(project, "bundle.js");
    cpSync(join(project, "out"), empty, { recursive: true });
    // Some bundlers write paths of the project into the application.
    renameSync(project, `${project}.gone`);
    const printed = await runBundle(empty);
    if (printed === "200 200 42 NO_COMPILER\n200 200 42 compiled\n") return "ok";
    process.exitCode = 1;
    return `FAILED: ${printed}`;
  } catch (error) {
    process.exitCode = 1;
    return `FAILED: ${error.message}`;
  } finally {
    if (existsSync(`${project}.gone`)) renameSync(`${project}.gone`, project);
  }
}

/** Runs the application with another runtime. @returns "ok", or what went wrong */
async function tryRuntime(project, { package: name, command: [program, ...args] }) {
  const path = join(project, "node_modules", name, program);
  const options = { cwd: project, timeout: LIMIT_MS };
  const { stdout, stderr } = await run(path, [...args, "app.js", addressOf(server)], options).catch(
    (error) => error,
  );
  if (stdout === "200 200 42 compiled\n") return "ok";
  process.exitCode = 1;
  return `FAILED: ${stdout}${stderr}`;
}

function addressOf(listening) {
  return `http://127.0.0.1:${listening.address().port}/`;
}

/** What the application prints: alone, and then where there is a compiler. */
async function runBundle(empty) {
  const [file = ""] = readdirSync(empty).filter((name) => /\.[cm]js$/.test(name));
  const url = addressOf(server);
  const alone = await runNode(empty, file, url);
  mkdirSync(join(empty, "node_modules"));
  symlinkSync(inRoot("node_modules/assemblyscript"), join(empty, "node_modules", "assemblyscript"));
  return alone + (await runNode(empty, file, url));
}

async function runNode(cwd, ...args) {
  const { stdout } = await run(process.execPath, args, { cwd, timeout: LIMIT_MS });
  return stdout;
}
