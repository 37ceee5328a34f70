import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { Mistake } from "../../host/cli/command.ts";
import {
  asBytes,
  bytesOf,
  isText,
  readArguments,
  requireText,
  showBytes,
} from "../../host/cli/raw-arguments.ts";
import { runCliWithBytes } from "../support/run-cli.ts";
import { assembleScript } from "../support/script-wat.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

/** The bytes of `text`. Each character is one byte. */
const bytes = (text: string): Buffer => Buffer.from(text, "latin1");

/** The command line in /proc of a process with these arguments. */
const commandLine = (...args: Buffer[]): Buffer =>
  Buffer.concat([bytes("node\0"), bytes("main.js\0"), ...args.flatMap((arg) => [arg, bytes("\0")])]);

describe("readArguments", () => {
  it("has the bytes of whatever Node could not read", () => {
    const rows = [
      "caf\xe9",
      "\xff",
      "a\xc3",
      "\xc3\xa9\xe9",
      "\xed\xa0\x80",
      "\xf0\x9f\x98\xe9",
      "",
      "\xef\xbf\xbd",
    ];
    const given = rows.map(bytes);
    const args = readArguments(
      given.map((arg) => arg.toString()),
      () => commandLine(...given),
    );
    assert.deepEqual(
      args.map((arg) => bytesOf(arg)),
      given,
    );
    assert.deepEqual(
      args.map((arg) => typeof asBytes(arg)),
      ["object", "object", "object", "object", "object", "object", "string", "string"],
    );
  });

  it("does not look where there is nothing to find", () => {
    const args = ["a", "é", "\u{1f600}", "\udce9".normalize()];
    assert.deepEqual(
      readArguments(args, () => assert.fail()),
      args,
    );
    assert.ok(isText("\u{1f4e9}"), "a pair of surrogates is text");
  });

  it("refuses what it cannot have, and what is not what Node was given", () => {
    const lost = bytes("caf\xe9");
    const elsewhere: (() => Buffer)[] = [
      () => {
        throw new Error("ENOENT");
      },
      () => Buffer.alloc(0),
      () => bytes("a title of the process"),
      () => commandLine(bytes("other\xe9")),
      () => commandLine(bytes("caf\xe9 au lait")),
      () => commandLine(bytes("cafe")),
    ];
    for (const read of elsewhere) {
      assert.throws(() => readArguments([lost.toString()], read), Mistake);
    }
  });

  it("shows bytes as text, and refuses them where text is wanted", () => {
    const [arg = ""] = readArguments([bytes("caf\xe9").toString()], () => commandLine(bytes("caf\xe9")));
    assert.equal(showBytes(`"${arg}" é`), '"caf\\xe9" é');
    assert.throws(() => requireText("ID", arg), Mistake);
    assert.equal(requireText("ID", "é"), "é");
  });
});

const hasProc = existsSync("/proc/self/cmdline");

describe("a command line that is not UTF-8", { skip: !hasProc, timeout: 120_000 }, () => {
  let server: ScriptedServer;
  let folder: string;
  before(async () => {
    server = await startScriptedServer();
    folder = await mkdtemp(join(tmpdir(), "raw-arguments-"));
  });
  after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });

  /** Makes a call with these arguments, and returns the bytes of its request. */
  async function requestOf(url: Buffer, ...args: (string | Buffer)[]): Promise<string> {
    const { code, stderr } = await runCliWithBytes(["call", "t", url, ...args]);
    assert.equal(code, 0, stderr);
    return server.requests.at(-1)?.raw.toString("latin1") ?? "";
  }

  const path = (name: string): Buffer => Buffer.concat([Buffer.from(`${folder}/`), bytes(name)]);
  const at = (target: string): Buffer => Buffer.concat([Buffer.from(server.base), bytes(target)]);
  const to = (flag: string, value: Buffer): Buffer => Buffer.concat([Buffer.from(flag), value]);

  it("is sent as it is", async () => {
    await writeFile(path("n\xe4me"), "content");
    await writeFile(path("c\xe9"), '{"threads": [{"id": "t"}]}');
    const rows: [args: (string | Buffer)[], sent: RegExp][] = [
      [["-d", bytes("caf\xe9")], /\r\n\r\ncaf\xe9$/],
      [["-O", bytes("headers=X-A: caf\xe9")], /\r\nX-A: caf\xe9\r\n/],
      [["-O", bytes('headers=["X-B: caf\xe9", "X-C: \xc3\xa9"]')], /\r\nX-B: caf\xe9\r\nX-C: \xc3\xa9\r\n/],
      [
        ["-O", bytes("method=GET"), "-O", bytes("username=\xfc"), "-O", bytes("password=\xff;\xc3\xa9")],
        /\r\nAuthorization: Basic \/Dr\/O8Op\r\n/,
      ],
      [
        ["-F", bytes("f\xfc=v\xe9;type=a/b;filename=\xff")],
        /name="f\xfc"; filename="\xff"\r\nContent-Type: a\/b\r\n\r\nv\xe9\r\n/,
      ],
      [["-F", to("f=@", path("n\xe4me"))], /filename="n\xe4me"\r\n.*content\r\n/s],
      [["-F", to("f=<", path("n\xe4me"))], /name="f"\r\n.*content\r\n/s],
      [["-f", path("n\xe4me")], /\r\n\r\n7\r\ncontent\r\n/],
      [["--config", path("c\xe9")], /^GET/],
    ];
    for (const [args, sent] of rows) assert.match(await requestOf(at("/"), ...args), sent);
    assert.match(await requestOf(at("/caf\xe9?\xfc")), /^GET \/caf%e9\?\xfc HTTP/);
  });

  it("reaches a script as it is", async () => {
    const script = assembleScript({
      body: `(func (export "main") (call $echo_record (call $arguments)))`,
    });
    await writeFile(path("s\xe9.wasm"), script);
    const args = ["run", path("s\xe9.wasm"), "--file", to("f=", path("s\xe9.wasm")), "--", bytes("caf\xe9")];
    const { code, stdout, stderr } = await runCliWithBytes(args);
    assert.equal(code, 0, stderr);
    assert.ok(stdout.includes(bytes("caf\xe9")));
  });

  it("is refused where it makes no sense", async () => {
    const rows: (string | Buffer)[][] = [
      ["call", bytes("\xe9"), server.base],
      ["call", "t", server.base, "-O", bytes("\xe9=1")],
      ["call", "t", server.base, "-O", bytes("timeout=\xe9")],
      ["call", "t", server.base, bytes("--\xe9")],
      ["call", "t", server.base, "-f", bytes("/nowhere/\xe9")],
      ["run", bytes("/nowhere/\xe9.ts")],
      ["run", "s.wasm", "--allow", bytes("http://\xe9")],
      ["run", "s.wasm", "--file", bytes("\xe9=/dev/null")],
      ["explain", "GET", bytes("http://\xe9/")],
      ["build", bytes("\xe9.ts"), "-o", "a.wasm"],
      [bytes("\xe9")],
    ];
    for (const args of rows) {
      const { code, stderr } = await runCliWithBytes(args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, /\\xe9/);
    }
  });
});
