import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { constants, createWriteStream } from "node:fs";
import {
  chmod,
  chown,
  link,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Writable } from "node:stream";
import { after, before, beforeEach, describe, it } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import {
  type CallOptions,
  createHttpBackground,
  type HttpBackground,
  type Into,
  type Result,
} from "../../host/index.ts";
import { moduleUrl } from "../../host/package-root.ts";
import { NO_DEVICES, NO_MODES, NO_MOUNTS, NO_PIPES } from "../support/platform.ts";

/** A group to which the process may give a file, other than its own. */
const OTHER_GROUP: number | undefined =
  process.getuid?.() === 0 ? 12_345 : process.getgroups?.().find((group) => group !== process.getegid?.());
const NOBODY = 65_534;
const run = promisify(execFile);
const CONTENT = "0123456789abcdef".repeat(16 * 1024);

describe("content into something", () => {
  const server = createServer(({ url }, response) => {
    if (url === "/whole") return response.end(CONTENT);
    if (url === "/short") return response.end("short");
    response.write("a part");
    if (url === "/cut") return response.on("error", () => {}).write(CONTENT, () => response.destroy());
    held = response;
    return undefined;
  });
  let held: ServerResponse | undefined;
  let http: HttpBackground;
  let base = "";
  let folder = "";
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    http = await createHttpBackground({ threads: [{ id: "t" }] });
  });
  after(async () => {
    await http.close();
    server.closeAllConnections();
    server.close();
    await rm(folder, { recursive: true });
  });
  beforeEach(async () => {
    if (folder !== "") await rm(folder, { recursive: true });
    folder = await mkdtemp(join(tmpdir(), "into-"));
  });

  function get(path: string, into: Into, options: CallOptions = {}): Promise<Result> {
    return http.http_background("t", `${base}${path}`, options, undefined, { into });
  }

  async function assertWhole(into: Into): Promise<void> {
    const result = await get("/whole", into);
    assert.deepEqual(result, { status: 200, content: Buffer.alloc(0) });
    assert.equal(result.headers?.get("content-length"), String(CONTENT.length));
  }

  it("has its old content under all its names if there is no room to overwrite it", async (t) => {
    const [path, other] = [join(folder, "file"), join(folder, "other")];
    for (const old of ["old".repeat(10), "old content ".repeat(50_000)]) {
      await writeFile(path, old);
      await rm(other, { force: true });
      await link(path, other);
      const handle = await open(path);
      const proto = Object.getPrototypeOf(handle) as { write(...args: unknown[]): Promise<unknown> };
      await handle.close();
      const { write } = proto;
      let isFull = false;
      const full = t.mock.method(proto, "write", function (this: unknown, ...args: unknown[]) {
        // Only what is overwritten has positions.
        if (args[3] !== 65_536 || isFull) return write.apply(this, args);
        isFull = true;
        return Promise.reject(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }));
      });
      const { code, cause } = await get("/whole", path);
      full.mock.restore();
      assert.deepEqual([code, cause?.code, isFull], ["WRITE_ERROR", "ENOSPC", true]);
      for (const name of [path, other]) assert.equal(await readFile(name, "latin1"), old);
      assert.deepEqual((await readdir(folder)).sort(), ["file", "other"]);
      assert.equal((await stat(path)).nlink, 2);
    }
  });

  it("is a new file, by path or URL, without a trace beside it", async () => {
    for (const into of [join(folder, "a"), pathToFileURL(join(folder, "b"))]) {
      await assertWhole(into);
      assert.equal(await readFile(into, "latin1"), CONTENT);
    }
    assert.deepEqual((await readdir(folder)).sort(), ["a", "b"]);
  });

  it("takes the place of a file at the end only, with its mode, and keeps links", {
    skip: NO_MODES,
  }, async () => {
    const path = join(folder, "file");
    const [symbolic, hard] = [join(folder, "symbolic"), join(folder, "hard")];
    for (const hasHard of [false, true]) {
      await writeFile(path, "old");
      await chmod(path, 0o640);
      if (hasHard) await link(path, hard);
      else await symlink("file", symbolic);
      const cut = await get("/cut", symbolic);
      assert.equal(cut.code, "PARTIAL_FILE");
      assert.equal(await readFile(path, "latin1"), "old");
      await assertWhole(symbolic);
      assert.equal(await readFile(path, "latin1"), CONTENT);
      assert.equal((await stat(path)).mode & 0o777, 0o640);
      assert.ok((await lstat(symbolic)).isSymbolicLink());
      if (hasHard) assert.equal(await readFile(hard, "latin1"), CONTENT);
    }
    assert.deepEqual((await readdir(folder)).sort(), ["file", "hard", "symbolic"]);
  });

  it("keeps the owner and the group of a file, as far as the process may", {
    skip: OTHER_GROUP === undefined && "the process may give files to no other group",
  }, async () => {
    const path = join(folder, "file");
    const own = process.getuid?.() ?? 0;
    const owner = own === 0 ? 12_345 : own;
    await writeFile(path, "old");
    await chown(path, owner, OTHER_GROUP ?? 0);
    await chmod(path, 0o640);
    await assertWhole(path);
    const { uid, gid, mode } = await stat(path);
    assert.deepEqual([uid, gid, mode & 0o777], [owner, OTHER_GROUP, 0o640]);
    assert.equal(await readFile(path, "latin1"), CONTENT);
  });

  it("overwrites a file whose folder is closed to the process", { skip: NO_MODES }, async () => {
    const [closed, temporary] = [join(folder, "closed"), join(folder, "temporary")];
    const file = join(closed, "file");
    for (const name of [closed, temporary]) await mkdir(name);
    await writeFile(file, "old");
    for (const [name, mode] of Object.entries({
      [file]: 0o666,
      [closed]: 0o555,
      [temporary]: 0o777,
      [folder]: 0o755,
    }))
      await chmod(name, mode);
    const give = asNobody(temporary);
    try {
      assert.equal((await get("/cut", file)).code, "PARTIAL_FILE");
      assert.equal(await readFile(file, "latin1"), "old");
      await assertWhole(file);
      const { code, cause } = await get("/whole", join(closed, "new"));
      assert.deepEqual([code, cause?.code], ["WRITE_ERROR", "EACCES"]);
    } finally {
      give.back();
      await chmod(closed, 0o755);
    }
    assert.equal(await readFile(file, "latin1"), CONTENT);
    assert.equal((await stat(file)).mode & 0o777, 0o666);
    assert.deepEqual([await readdir(closed), await readdir(temporary)], [["file"], []]);
  });

  it("overwrites a file that is mounted alone", { skip: NO_MOUNTS }, async () => {
    const [below, file] = [join(folder, "below"), join(folder, "file")];
    for (const name of [below, file]) await writeFile(name, "old");
    const index = moduleUrl(new URL("../../host/index.js", import.meta.url)).href;
    const program = `
      const { createHttpBackground } = await import(${JSON.stringify(index)});
      const http = await createHttpBackground({ threads: [{ id: "t" }] });
      const into = ${JSON.stringify(file)};
      const result = await http.http_background("t", "${base}/whole", {}, undefined, { into });
      console.log(result.status, result.cause);
      await http.close();`;
    const command = 'mount --bind "$1" "$2" && exec "$3" --input-type=module --eval "$4"';
    const args = ["-rm", "sh", "-c", command, "sh", below, file, process.execPath, program];
    assert.equal((await run("unshare", args)).stdout, "200 undefined\n");
    assert.equal(await readFile(below, "latin1"), CONTENT);
    assert.deepEqual((await readdir(folder)).sort(), ["below", "file"]);
  });

  it("is written where a link leads to nothing yet, and under the longest name", {
    skip: NO_MODES,
  }, async () => {
    const link = join(folder, "link");
    await mkdir(join(folder, "a"));
    await symlink("a/second", link);
    await symlink("../new", join(folder, "a", "second"));
    await assertWhole(link);
    assert.ok((await lstat(link)).isSymbolicLink());
    assert.equal(await readFile(join(folder, "new"), "latin1"), CONTENT);
    await symlink("circle", join(folder, "circle"));
    assert.equal((await get("/whole", join(folder, "circle"))).cause?.code, "ELOOP");
    const long = "ü".repeat(127);
    await assertWhole(join(folder, long));
    assert.deepEqual((await readdir(folder)).sort(), ["a", "circle", "link", "new", long]);
  });

  it("is written into what is no regular file, and never takes its place", { skip: NO_DEVICES }, async () => {
    await assertWhole("/dev/null");
    assert.ok((await stat("/dev/null")).isCharacterDevice());
    const full = await get("/whole", "/dev/full");
    assert.deepEqual([full.code, full.cause?.code], ["WRITE_ERROR", "ENOSPC"]);
  });

  it("is written into a named pipe, and ends by the signal if nobody reads or goes on", {
    skip: NO_PIPES,
  }, async () => {
    const path = join(folder, "pipe");
    execFileSync("/usr/bin/mkfifo", [path]);
    const unread = new AbortController();
    const waiting = http.http_background("t", `${base}/short`, {}, undefined, {
      into: path,
      signal: unread.signal,
    });
    await once(server, "request");
    unread.abort();
    assert.equal((await waiting).code, "ABORTED_BY_CALLBACK");
    const stopped = new AbortController();
    const reader = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const settings = { into: path, signal: stopped.signal };
    // It is more than a pipe holds.
    const standing = http.http_background("t", `${base}/whole`, {}, undefined, settings);
    await once(server, "request");
    stopped.abort();
    assert.equal((await standing).code, "ABORTED_BY_CALLBACK");
    await reader.close();
    const [content, result] = await Promise.all([readFile(path, "utf8"), get("/whole", path)]);
    assert.deepEqual([result.code, content === CONTENT], [undefined, true]);
    assert.ok((await stat(path)).isFIFO());
    await rm(path);
  });

  it("is written into a FileHandle from its position, and leaves it open", async () => {
    const path = join(folder, "file");
    const handle = await open(path, "w");
    await handle.write("before ");
    await assertWhole(handle);
    await handle.write(" after");
    await handle.close();
    assert.equal(await readFile(path, "latin1"), `before ${CONTENT} after`);
    assert.equal((await get("/whole", handle)).code, "WRITE_ERROR");
  });

  it("is written into streams, which are ended", async () => {
    const path = join(folder, "file");
    await assertWhole(createWriteStream(path));
    assert.equal(await readFile(path, "latin1"), CONTENT);
    const pieces: Uint8Array[] = [];
    const slow = new Writable({
      highWaterMark: 1,
      write: (piece, _, done) => {
        pieces.push(piece);
        setImmediate(done);
      },
    });
    await assertWhole(slow);
    assert.equal(slow.writableFinished, true);
    let isClosed = false;
    const web = new WritableStream<Uint8Array>({
      write: (piece) => void pieces.push(piece),
      close: () => {
        isClosed = true;
      },
    });
    await assertWhole(web);
    assert.equal(isClosed, true);
    assert.equal(Buffer.concat(pieces).toString(), CONTENT + CONTENT);
  });

  it("destroys a stream if the transfer fails, even while the stream stands still", async () => {
    const controller = new AbortController();
    const still = new Writable({ highWaterMark: 1, write: () => controller.abort() });
    const settings = { into: still, signal: controller.signal };
    const result = await http.http_background("t", `${base}/held`, {}, undefined, settings);
    assert.equal(result.code, "ABORTED_BY_CALLBACK");
    assert.equal(still.destroyed, true);
    held?.destroy();
    let reason: unknown;
    const web = new WritableStream({
      abort: (error) => {
        reason = error;
      },
    });
    assert.equal((await get("/cut", web)).code, "PARTIAL_FILE");
    assert.equal((reason as { code: string }).code, "PARTIAL_FILE");
    const early = new PassThrough();
    const { code } = await http.http_background("t", "http://127.0.0.1:1/", {}, undefined, { into: early });
    assert.deepEqual([code, early.destroyed], ["COULDNT_CONNECT", true]);
  });

  it("ends by the signal of the call, also where all has come and the stream stands still", async () => {
    const still: ((stop: () => void) => Writable)[] = [
      (stop) => new Writable({ write: stop, highWaterMark: 1 }),
      (stop) => new Writable({ write: (_piece, _encoding, done) => done(), final: stop }),
    ];
    for (const make of still) {
      const controller = new AbortController();
      // The connection has nothing more to say by then.
      const into = make(() => void setImmediate(() => setImmediate(() => controller.abort())));
      const settings = { into, signal: controller.signal };
      const result = await http.http_background("t", `${base}/short`, {}, undefined, settings);
      assert.deepEqual([result.code, into.destroyed], ["ABORTED_BY_CALLBACK", true]);
    }
  });

  it("ends by the signal of the call where a stream of the web stands still, which learns of it later", async () => {
    const controller = new AbortController();
    let goOn = (): void => {};
    const aborted = new Promise((resolve) => {
      const into = new WritableStream({
        write: () => {
          controller.abort();
          return new Promise<void>((done) => (goOn = done));
        },
        abort: resolve,
      });
      const settings = { into, signal: controller.signal };
      void http.http_background("t", `${base}/short`, {}, undefined, settings).then(({ code }) => {
        assert.equal(code, "ABORTED_BY_CALLBACK");
        goOn();
      });
    });
    assert.equal(((await aborted) as { code: string }).code, "ABORTED_BY_CALLBACK");
  });

  it("outlives a stream that takes long to report why it was destroyed", async () => {
    let report: (() => void) | undefined;
    const late = new Writable({
      write: (_piece, _encoding, done) => done(),
      destroy: (error, done) => {
        report = () => done(error);
      },
    });
    assert.equal((await get("/cut", late)).code, "PARTIAL_FILE");
    for (let turns = 0; turns < 3; turns++) await nextTurn();
    // Not `once` of node:events, which would listen to the error.
    const closed = new Promise((resolve) => late.on("close", resolve));
    report?.();
    await closed;
  });

  it("fails if it cannot be written, and ends the transfer", async () => {
    const error = new Error("no room");
    const broken = new Writable({ highWaterMark: 1, write: (_piece, _encoding, done) => done(error) });
    const result = await get("/whole", broken);
    assert.deepEqual([result.code, result.cause?.cause], ["WRITE_ERROR", error]);
    const ended = new PassThrough().end();
    assert.equal((await get("/whole", ended)).code, "WRITE_ERROR");
    const missing = await get("/whole", join(folder, "none", "file"));
    assert.deepEqual([missing.code, missing.cause?.code], ["WRITE_ERROR", "ENOENT"]);
    assert.equal((await get("/whole", folder)).cause?.code, "EISDIR");
    assert.deepEqual(await readdir(folder), []);
  });

  it("leaves nothing if the content is too large, or the call is a mistake", async () => {
    const path = join(folder, "file");
    assert.equal((await get("/whole", path, { max_file_size: 9 })).code, "FILESIZE_EXCEEDED");
    const stream = new PassThrough();
    await assert.rejects(get("/whole", stream, { timeout: Number.NaN }), { code: "BAD_OPTION" });
    assert.equal(stream.destroyed, true);
    const wrong: readonly (readonly [into: unknown, named: string])[] = [
      [5, "a number"],
      ["", "empty"],
      [null, "null"],
      [{}, "an object"],
      [new URL("http://x/"), "a URL"],
    ];
    for (const [into, named] of wrong)
      await assert.rejects(get("/whole", into as Into), {
        code: "BAD_ARGUMENT",
        option: "into",
        message: `Bad into: it must be a path, a URL with file:, a FileHandle, a Writable or a WritableStream, and is ${named}`,
      });
    assert.deepEqual(await readdir(folder), []);
  });
});

/** Takes the rights away that only root has, and makes `temporary` the folder of temporary files. */
function asNobody(temporary: string): { back(): void } {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = temporary;
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid?.(NOBODY);
  return {
    back(): void {
      if (isRoot) process.seteuid?.(0);
      if (TMPDIR === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = TMPDIR;
    },
  };
}
