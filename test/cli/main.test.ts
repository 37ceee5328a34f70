import assert from "node:assert/strict";
import { type SpawnSyncReturns, type StdioOptions, spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { describe, it } from "node:test";
import { COMMANDS } from "../../host/cli/commands.ts";
import { MAIN, runCli } from "../support/run-cli.ts";

/** A device on which there is never room. Only Linux has it. */
const FULL = "/dev/full";
const HAS_NO_FULL = !existsSync(FULL);

function runFull(args: string[], stdio: (full: number) => StdioOptions): SpawnSyncReturns<string> {
  const full = openSync(FULL, "w");
  try {
    const options = { stdio: stdio(full), encoding: "utf8" as const, timeout: 50_000 };
    return spawnSync(process.execPath, [MAIN, ...args], options);
  } finally {
    closeSync(full);
  }
}

describe("the command line", () => {
  it("says which command was perhaps meant", async () => {
    const { code, stderr } = await runCli(["explian", "GET", "http://a.example/"]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^http-background: there is no command "explian"; did you mean "explain"\?; try "http-background --help"\n$/,
    );
    assert.match((await runCli(["zzz"])).stderr, /there is no command "zzz"; try /);
  });

  it("lists the commands with blanks after their names, and explains each as git does", async () => {
    const { stdout } = await runCli(["--help"]);
    for (const [name, { summary, load }] of COMMANDS) {
      assert.match(stdout.toString(), new RegExp(`^  ${name} {2,}${summary}$`, "m"));
      const { help } = await load();
      assert.deepEqual((await runCli(["help", name])).stdout.toString(), help);
    }
    assert.equal((await runCli(["help", "nothing"])).code, 2);
  });

  it("says how a request is made, to those who begin with it as with curl", async () => {
    for (const word of ["http://a.example/", "GET", "post"]) {
      const { code, stderr } = await runCli([word]);
      assert.equal(code, 2);
      assert.match(stderr, /; a request is made with "http-background call default URL"; try/);
    }
    const { stderr } = await runCli(["call", "a.example/x"]);
    assert.match(stderr, /it takes an ID and a URL, such as call default a\.example\/x; try/);
  });

  it("says which option was perhaps meant, without the advice of Node", async () => {
    const { code, stderr } = await runCli([
      "call",
      "default",
      "http://127.0.0.1:1/",
      "--optoin",
      "timeout=1",
    ]);
    assert.equal(code, 2);
    assert.match(
      stderr,
      /^http-background call: there is no option "--optoin"; did you mean "--option"\?; try "http-background call --help"\n$/,
    );
    assert.match((await runCli(["build", "-x"])).stderr, /there is no option "-x"; try /);
  });

  it("says that it cannot write, with the exit code of a mistake", { skip: HAS_NO_FULL }, () => {
    const { status, stderr } = runFull(["--help"], (full) => ["ignore", full, "pipe"]);
    assert.match(stderr, /^http-background: standard output cannot be written: ENOSPC.*\n$/);
    assert.equal(status, 2);
  });

  it("says that the result of a call cannot be written", { skip: HAS_NO_FULL }, () => {
    const call = ["call", "t", "http://127.0.0.1:1/", "-w", "%{exitcode}"];
    const { status, stderr } = runFull(call, (full) => ["ignore", full, "pipe"]);
    assert.match(stderr, /^http-background: standard output cannot be written: ENOSPC.*\n$/);
    assert.equal(status, 2);
  });

  it("says in one line that it has a mistake, with a code of its own, and passes no warning of Node on", async () => {
    // Node throws again, in a tick of its own, what a subscriber throws.
    const code = `import { subscribe } from "node:diagnostics_channel";
      subscribe("http-background:call:start", () => {
        process.emitWarning("of Node");
        throw new Error("a\\nb");
      });`;
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(code)}`;
    const outcome = await runCli(["call", "t", "http://127.0.0.1:1/"], "", { NODE_OPTIONS });
    assert.equal(outcome.code, 70);
    assert.match(
      outcome.stderr,
      /^http-background: a mistake of this program: Error: a b \(HTTP_\w+=1 shows where\)\n$/,
    );
  });

  it("goes on when nothing can be written to its standard error", { skip: HAS_NO_FULL }, () => {
    assert.equal(runFull(["zzz"], (full) => ["ignore", "pipe", full]).status, 2);
  });
});
