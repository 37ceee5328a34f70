// Runs the tests of examples/testing with each runner, in an empty project that has the packed package, on the oldest and
// the newest Node: first with a server, then with none.
// Usage: node scripts/runners.js
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { fetchNode, LINES } from "./nodes/fetch.js";
import { inRoot } from "./project.js";

/** Their versions run on Node 20. */
const PACKAGES = ["vitest@4", "jest@30"];
const RUNNERS = [
  { name: "node:test", args: ["--test", "node.test.mjs"] },
  { name: "Vitest", args: ["node_modules/vitest/vitest.mjs", "run", "vitest.test.mjs"] },
  {
    name: "Jest",
    args: ["--experimental-vm-modules", "node_modules/jest/bin/jest.js", "--testMatch", "**/jest.test.mjs"],
  },
];
const LIMIT_MS = 300_000;

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), "http-background-runners-"));
try {
  const project = await makeProject();
  for (const version of [LINES[20], LINES[26]]) {
    const node = await fetchNode(version);
    for (const runner of RUNNERS)
      console.log(`${runner.name} on Node ${version}: ${await tryRunner(node, project, runner)}`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function makeProject() {
  const pack = ["pack", "--silent", "--ignore-scripts", "--pack-destination", folder];
  await run("npm", pack, { cwd: inRoot("."), timeout: LIMIT_MS });
  const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  await run("npm", ["install", "--silent", "--ignore-scripts", tarball, ...PACKAGES], {
    cwd: folder,
    timeout: LIMIT_MS,
  });
  cpSync(inRoot("examples/testing"), folder, { recursive: true });
  return folder;
}

/** Records with a server, and replays without one. @returns "ok", or what went wrong */
async function tryRunner(node, cwd, { args }) {
  const server = createServer((_, response) => response.end("fine"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const SERVER = `http://127.0.0.1:${server.address().port}`;
  const { CI: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  rmSync(join(cwd, "cassettes"), { recursive: true, force: true });
  try {
    await run(node, args, { cwd, timeout: LIMIT_MS, env: { ...env, SERVER } });
    await new Promise((resolve) => server.close(resolve));
    await run(node, args, { cwd, timeout: LIMIT_MS, env: { ...env, SERVER, CI: "true" } });
    return "ok";
  } catch (error) {
    process.exitCode = 1;
    return `FAILED: ${error.stdout}${error.stderr}`;
  } finally {
    server.close();
  }
}
