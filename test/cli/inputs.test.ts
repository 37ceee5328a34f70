import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { readAuthorities } from "../../host/cli/authorities.ts";
import { readConfig } from "../../host/cli/config-file.ts";
import { assignmentsOf } from "../../host/cli/curl-flags.ts";
import { TimedOut } from "../../host/cli/input.ts";
import { readOptions } from "../../host/cli/option-values.ts";
import { readPolicy } from "../../host/cli/policy-flags.ts";
import { openPost } from "../../host/cli/post.ts";
import { readGrants } from "../../host/cli/script-grants.ts";
import { outcomeOf, runCli, startCli } from "../support/run-cli.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const folder = mkdtempSync(join(tmpdir(), "inputs-"));
const fifo = join(folder, "fifo");
// On Windows, the mkfifo of a shell makes what only this shell knows.
const HAS_NO_FIFO = process.platform === "win32" || spawnSync("/usr/bin/mkfifo", [fifo]).status !== 0;
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
      ["-F", "a=<-", "-m", "0.2"],
    ];
    const outcomes = await Promise.all(flags.map((args) => silent(...args)));
    for (const outcome of outcomes) assert.deepEqual(outcome, [1, TIMED_OUT, ""]);
  });

  it("does not outlive the timeout, if nobody writes to a named pipe", { skip: HAS_NO_FIFO }, async () => {
    assert.deepEqual(await silent("-f", fifo, "-m", "0.2"), [1, TIMED_OUT, ""]);
    const { code, stderr } = await runCli(["run", fifo, "--timeout", "0.2"]);
    assert.deepEqual(
      [code, stderr],
      [2, "http-background run: the time was over before everything was read\n"],
    );
  });

  it("does not outlive the timeout, whatever a named pipe is for", { skip: HAS_NO_FIFO }, async () => {
    const signal = AbortSignal.timeout(20);
    const readings: Record<string, Promise<unknown>> = {
      "-d": openPost({ data: [`@${fifo}`] }, signal),
      "--json": openPost({ json: [`@${fifo}`] }, signal),
      "-F": openPost({ form: [`a=<${fifo}`] }, signal),
      "-H": assignmentsOf({ header: [`@${fifo}`] }, signal),
      "-O": readOptions([`tls_client_cert.x509=${fifo}`], signal),
      "--cacert": readAuthorities({ cacert: fifo }, signal),
      "--config": readConfig(fifo, signal),
      "--allow-rule": readPolicy({ "allow-rule": [fifo] }, signal),
      "--x509": readGrants({ x509: [`a=${fifo}`] }, signal),
      "--file": readGrants({ file: [`a=${fifo}`] }, signal),
    };
    const checks = Object.entries(readings).map(([flag, reading]) => assert.rejects(reading, TimedOut, flag));
    await Promise.all(checks);
  });

  it("does not outlive the timeout, if nobody reads from a named pipe", { skip: HAS_NO_FIFO }, async () => {
    assert.deepEqual(await silent("-o", fifo, "-m", "0.3"), [1, TIMED_OUT, ""]);
    assert.deepEqual(await silent("-o", fifo, "--raw", "-O", "timeout=1"), [
      1,
      "",
      "Timeout was reached (OPERATION_TIMEDOUT)\n",
    ]);
  });

  it("is written into a named pipe, when somebody reads from it", { skip: HAS_NO_FIFO }, async () => {
    const calling = silent("-o", fifo);
    assert.equal(await readFile(fifo, "utf8"), "ok");
    assert.deepEqual(await calling, [0, '{"status":200}\n', ""]);
  });

  it("is sent from a named pipe, when somebody writes to it", { skip: HAS_NO_FIFO }, async () => {
    const calling = silent("-f", fifo);
    await writeFile(fifo, "through a pipe");
    assert.deepEqual(await calling, [0, '{"status":200,"content":"ok"}\n', ""]);
    assert.match(server.requests.at(-1)?.raw.toString() ?? "", /through a pipe/);
  });
});
