import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { NO_SIGNALS } from "../support/platform.ts";
import { inRoot } from "../support/root.ts";

const MODULE = pathToFileURL(inRoot("scripts/process-groups.js")).href;
/** Not for ever, in case nobody ends it. */
const SPIN = "for (const end = Date.now() + 30_000; Date.now() < end; );";

/** A program that starts a group, whose first process starts another one. It prints the ids of both. Then it waits. */
const PROGRAM = `
  import { endWithParent, spawnGroup, spawnGuarded } from ${JSON.stringify(MODULE)};
  import { mkdtempSync, readFileSync, existsSync, rmSync } from "node:fs";
  import { dirname, join } from "node:path";
  import { tmpdir } from "node:os";
  const [how] = process.argv.slice(1);
  const file = join(mkdtempSync(join(tmpdir(), "process-groups-")), "pids");
  const first = \`
    const { spawn } = require("node:child_process");
    const { renameSync, writeFileSync } = require("node:fs");
    const second = spawn(process.execPath, ["-e", ${JSON.stringify(SPIN)}]);
    writeFileSync(process.argv[1] + ".part", process.pid + " " + second.pid);
    renameSync(process.argv[1] + ".part", process.argv[1]);
    ${SPIN}\`;
  if (how === "parent") endWithParent();
  const start = how === "SIGKILL" ? spawnGuarded : spawnGroup;
  start(process.execPath, ["-e", first, file], { cwd: ".", stdio: "ignore" });
  const look = setInterval(() => {
    if (!existsSync(file)) return;
    clearInterval(look);
    console.log(readFileSync(file, "utf8"));
    rmSync(dirname(file), { recursive: true });
    setInterval(() => {}, 1000);
  }, 20);`;

/** Whether a process runs. One that has ended may still be there until somebody asks how. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/\) [ZX] /.test(stateOf(pid));
  } catch {
    return false;
  }
}

function stateOf(pid: number): string {
  return process.platform === "linux" ? readFileSync(`/proc/${pid}/stat`, "utf8") : "";
}

/** Starts the program. @returns the ids of the processes that it has started */
async function pidsOf(program: ChildProcess): Promise<number[]> {
  let text = "";
  program.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  while (!text.includes("\n")) await once(program.stdout as NodeJS.ReadableStream, "data");
  return text.trim().split(" ").map(Number);
}

async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a group of processes", { skip: NO_SIGNALS }, () => {
  for (const how of ["SIGINT", "SIGTERM", "SIGHUP", "SIGKILL"] as const) {
    it(`ends with the process that started it: ${how}`, async () => {
      const argv = ["--input-type=module", "-e", PROGRAM, how];
      const program = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
      const pids = await pidsOf(program);
      assert.ok(pids.length === 2 && pids.every(isAlive), `${pids}`);
      program.kill(how);
      await once(program, "exit");
      await allGone(pids);
    });
  }

  it("ends when the shell does that started its process", async () => {
    const argv = ["-c", '"$@"; true', "sh", process.execPath, "--input-type=module", "-e", PROGRAM, "parent"];
    const shell = spawn("sh", argv, { stdio: ["ignore", "pipe", "inherit"] });
    const pids = await pidsOf(shell);
    assert.ok(pids.length === 2 && pids.every(isAlive), `${pids}`);
    shell.kill("SIGTERM");
    await allGone(pids);
  });
});
