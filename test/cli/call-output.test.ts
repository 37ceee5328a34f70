import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, stat, watch, writeFile } from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { NO_SIGNALS } from "../support/platform.ts";
import { outcomeOf, runCli, startCli } from "../support/run-cli.ts";

const MIB = 1024 * 1024;
/** What V8 has not collected yet grows to some 70 MiB, however much comes. */
const LARGE_MIB = 256;
const PIECE = Buffer.alloc(MIB, "x");
const HAS_NO_PROC = !existsSync("/proc/self/status");

describe("where http-background call writes", () => {
  let respond: (response: ServerResponse) => unknown;
  const server = createServer((_request, response) => {
    response.on("error", () => {});
    respond(response);
  });
  let url = "";
  let folder = "";
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(async () => {
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    if (folder !== "") await rm(folder, { recursive: true });
    folder = await mkdtemp(join(tmpdir(), "output-"));
  });

  const cut = (response: ServerResponse): void => {
    response.writeHead(200, { "content-length": 10 });
    response.write("a part", () => response.destroy());
  };

  it("prints the content while it comes, with --raw and with --output -", async () => {
    for (const flags of [["--raw"], ["--output", "-"]]) {
      let held: ServerResponse | undefined;
      respond = (response) => {
        held = response;
        response.write("first");
      };
      const child = startCli(["call", "default", url, ...flags]);
      const [first] = await once(child.stdout, "data");
      assert.equal(String(first), "first");
      held?.end("last");
      const { code, stdout, stderr } = await outcomeOf(child);
      assert.deepEqual([code, stdout.toString(), stderr], [0, "last", ""]);
    }
  });

  it("decompresses with --compressed only, and says what cannot be decompressed", async () => {
    const coded = gzipSync("not coded");
    respond = (response) => response.setHeader("content-encoding", "gzip").end(coded);
    const plain = await runCli(["call", "default", url, "--raw", "--compressed"]);
    assert.deepEqual([plain.code, plain.stdout.toString()], [0, "not coded"]);
    const asSent = await runCli(["call", "default", url, "--raw"]);
    assert.deepEqual(asSent.stdout, coded);
    respond = (response) => response.setHeader("content-encoding", "gzip").end(coded.subarray(0, -1));
    const { code, stdout } = await runCli(["call", "default", url, "--compressed"]);
    assert.equal(code, 1);
    assert.equal(JSON.parse(stdout.toString()).code, "BAD_CONTENT_ENCODING");
  });

  it("prints what came before the transfer failed, with --raw", async () => {
    respond = cut;
    const { code, stdout, stderr } = await runCli(["call", "default", url, "--raw"]);
    assert.equal(code, 1);
    assert.equal(stdout.toString(), "a part");
    assert.match(stderr, /^[^\n]+ \(PARTIAL_FILE\)\n$/);
  });

  it("ends with 0 if the reader has closed the pipe", async () => {
    respond = (response) => {
      const more = (error?: unknown): unknown => error || response.closed || response.write(PIECE, more);
      more();
    };
    const child = startCli(["call", "default", url, "--raw"]);
    await once(child.stdout, "data");
    child.stdout.destroy();
    let stderr = "";
    child.stderr.on("data", (text) => {
      stderr += text;
    });
    const [code] = await once(child, "close");
    assert.deepEqual([code, stderr], [0, ""]);
  });

  it("writes a file with --output, which is replaced at the end", async () => {
    const path = join(folder, "file");
    await writeFile(path, "old");
    respond = cut;
    const failed = await runCli(["call", "default", url, "--output", path]);
    assert.equal(failed.code, 1);
    assert.equal(JSON.parse(failed.stdout.toString()).code, "PARTIAL_FILE");
    assert.equal(await readFile(path, "utf8"), "old");
    respond = (response) => response.writeHead(404).end(Buffer.from([0xff, 0x00]));
    const { code, stdout, stderr } = await runCli(["call", "default", url, "--output", path]);
    assert.deepEqual([code, stdout.toString(), stderr], [0, '{"status":404}\n', ""]);
    assert.deepEqual([...(await readFile(path))], [0xff, 0x00]);
    assert.deepEqual(await readdir(folder), ["file"]);
  });

  it("ends with 1 and says why if the file cannot be written", async () => {
    respond = (response) => response.end("content");
    const path = join(folder, "missing", "file");
    const message = "Failed writing received data to disk/application";
    const { code, stdout, stderr } = await runCli(["call", "default", url, "--output", path]);
    assert.deepEqual(
      [code, stdout.toString()],
      [1, `${JSON.stringify({ error: message, code: "WRITE_ERROR" })}\n`],
    );
    assert.match(stderr, /^http-background call: .*: ENOENT: .*\n$/);
    const raw = await runCli(["call", "default", url, "--output", path, "--raw"]);
    assert.deepEqual([raw.code, raw.stdout.toString()], [1, ""]);
    assert.ok(raw.stderr.endsWith(`\n${message} (WRITE_ERROR)\n`), raw.stderr);
  });

  it("refuses an empty name before it sends anything", async () => {
    respond = () => assert.fail("it was sent");
    const { code, stderr } = await runCli(["call", "default", url, "--output", ""]);
    assert.equal(code, 2);
    assert.match(stderr, /-o: it needs the name of a file/);
  });

  it("leaves no part of a file behind when a signal ends it", { skip: NO_SIGNALS }, async () => {
    const path = join(folder, "file");
    respond = (response) => response.write("a part");
    const child = startCli(["call", "default", url, "--output", path]);
    for await (const _ of watch(folder)) break;
    child.kill("SIGTERM");
    assert.deepEqual((await outcomeOf(child)).code, 143);
    assert.deepEqual(await readdir(folder), []);
  });

  it("ends by a signal while the reader stands still", { skip: NO_SIGNALS }, async (t) => {
    respond = (response) => response.end(Buffer.concat([PIECE, PIECE]));
    const child = startCli(["call", "default", url, "--raw"]);
    t.after(() => child.kill("SIGKILL"));
    child.stdout.pause();
    await once(child.stdout, "readable");
    child.kill("SIGINT");
    const [code] = await once(child, "exit");
    assert.equal(code, 130);
    child.stdout.destroy();
  });

  it("holds little of large content, in a file or in a pipe", { skip: HAS_NO_PROC }, async () => {
    for (const isFile of [true, false]) {
      const path = join(folder, "large");
      const child = startCli(["call", "default", url, ...(isFile ? ["--output", path] : ["--raw"])]);
      let size = 0;
      child.stdout.on("data", (piece: Buffer) => {
        size += piece.length;
      });
      let growth = Number.NaN;
      respond = async (response) => {
        const before = await kibibytes(child.pid, "VmRSS");
        for (let i = 0; i < LARGE_MIB; i++) await new Promise((resolve) => response.write(PIECE, resolve));
        // All but what the system has for the connection was read.
        growth = (await kibibytes(child.pid, "VmHWM")) - before;
        response.end();
      };
      const [code] = await once(child, "close");
      assert.equal(code, 0);
      assert.equal(isFile ? (await stat(path)).size : size, LARGE_MIB * MIB);
      assert.ok(growth < (LARGE_MIB / 2) * 1024, `it held ${growth} KiB`);
    }
  });
});

/** A number of /proc about a process. */
async function kibibytes(pid: number | undefined, name: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "latin1");
  const line = status.split("\n").find((text) => text.startsWith(`${name}:`));
  return Number(line?.slice(name.length + 1).replace("kB", ""));
}
