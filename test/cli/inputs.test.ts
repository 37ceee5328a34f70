import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { outcomeOf, runCli, startCli } from "../support/run-cli.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const folder = mkdtempSync(join(tmpdir(), "inputs-"));
const fifo = join(folder, "fifo");
const HAS_NO_FIFO = spawnSync("mkfifo", [fifo]).status !== 0;
const TIMED_OUT = '{"error":"Timeout was reached","code":"OPERATION_TIMEDOUT"}\n';

describe("what the command line reads", { timeout: 120_000 }, () => {
  let server: ScriptedServer;
  before(async () => {
    server = await startScriptedServer();
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  /** Starts a call whose standard input stays open and silent. */
  async function silent(...args: string[]): Promise<[code: number | null, stdout: string, stderr: string]> {
    const child = startCli(["call", "t", server.base, ...args]);
    const { code, stdout, stderr } = await outcomeOf(child);
    return [code, stdout.toString(), stderr];
  }

  it("does not outlive the timeout, if standard input is silent", async () => {
    const flags = [
      ["-f", "-", "-O", "timeout=1"],
      ["-F", "a=<-", "-O", "timeout=1"],
      ["-d", "@-", "-m", "0.2"],
    ];
    const outcomes = await Promise.all(flags.map((args) => silent(...args)));
    for (const outcome of outcomes) assert.deepEqual(outcome, [1, TIMED_OUT, ""]);
  });

  it("does not outlive the timeout, if nobody writes to a named pipe", { skip: HAS_NO_FIFO }, async () => {
    const flags = [
      ["-f", fifo],
      ["-F", `a=@${fifo}`],
      ["--json", `@${fifo}`],
      ["-H", `@${fifo}`],
      ["--cacert", fifo],
      ["--config", fifo],
      ["-O", `tls_client_cert.x509=${fifo}`],
    ];
    const outcomes = await Promise.all(flags.map((args) => silent(...args, "-m", "0.2")));
    for (const outcome of outcomes) assert.deepEqual(outcome, [1, TIMED_OUT, ""]);
    const { code, stderr } = await runCli(["run", fifo, "--timeout", "0.2"]);
    assert.deepEqual(
      [code, stderr],
      [2, "http-background run: the time was over before everything was read\n"],
    );
  });

  it("is sent from a named pipe, when somebody writes to it", { skip: HAS_NO_FIFO }, async () => {
    const calling = silent("-f", fifo);
    await writeFile(fifo, "through a pipe");
    assert.deepEqual(await calling, [0, '{"status":200,"content":"ok"}\n', ""]);
    assert.match(server.requests.at(-1)?.raw.toString() ?? "", /through a pipe/);
  });
});
