import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime, type ScriptRuntime } from "../../host/script/index.ts";
import { type HeldBytes, PageStore } from "../../host/script/pages/page-store.ts";
import { GivenCopies } from "../../host/script/run/given-copies.ts";
import { GateServer } from "../support/gate-server.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";

const LONG = 200_000;
const LENGTHS = [10, 65_535, 65_536, LONG];

const LARGE = "0123456789".repeat(20_000);

const FILES = `import { args, echo, File, Form, http_background } from "http-background/assembly";
export function main(): void {
  const mail = File.named("mail");
  echo(mail.size);
  echo(String.UTF8.decode(mail.read(<f64>mail.size - 3, 9).buffer));
  const url = args()[0];
  http_background("default", url, {}, mail);
  http_background("default", url, { encoder: "base64" }, mail);
  const form = new Form().add("a", { data: mail }).add("b", { data: mail, filename: "b" });
  echo(http_background("default", url, {}, form).status == 200 ? "OK" : "BAD");
}`;

const CONTENTS = `import { args, echo, http_background } from "http-background/assembly";
export function main(): void {
  const url = args()[0];
  const reply = http_background("default", url);
  const file = reply.file;
  echo(file.size);
  echo(String.UTF8.decode(file.read(16380, 10).buffer));
  echo(String.UTF8.decode(file.read(<f64>file.size - 5, 100).buffer));
  http_background("default", url, {}, file);
  reply.release();
  http_background("default", url, {}, file);
}`;

const toArrayBuffer = (bytes: Buffer): ArrayBuffer => Uint8Array.from(bytes).buffer as ArrayBuffer;

describe("a copy of bytes that are given to runs", () => {
  it("is shared as long as it is what was given, and one holds it", () => {
    const store = new PageStore();
    const copies = new GivenCopies(store);
    const given = Buffer.alloc(LONG, "a");
    const first = copies.of(given) as HeldBytes;
    assert.equal(copies.of(given), first);
    given[LONG - 1] = 0;
    const changed = copies.of(given) as HeldBytes;
    assert.notEqual(changed, first);
    assert.equal(copies.of(given), changed);
    for (const held of [first, first, changed, changed]) held.release();
    assert.equal(store.size, store.segments.length << 20);
    assert.notEqual(copies.of(given), changed, "nobody holds it, and its pages may have other bytes");
  });
});

for (const workers of [0, 1]) {
  describe(`what a run was given, with ${workers} workers`, () => {
    let server: ScriptedServer;
    let large: ScriptedServer;
    let gate: GateServer;
    let http: HttpBackground;
    let runtime: ScriptRuntime;
    before(async () => {
      server = await startScriptedServer();
      large = await startScriptedServer([], {
        otherwise: { send: `HTTP/1.1 200 OK\r\nContent-Length: ${LARGE.length}\r\n\r\n${LARGE}` },
      });
      gate = await GateServer.start();
      http = await createHttpBackground({ threads: [{ id: "default" }] });
      runtime = createScriptRuntime({
        http,
        allow: [server.base, large.base, gate.base],
        workers,
        limits: { concurrentRuns: 1 },
      });
    });
    after(async () => {
      await runtime.destroy();
      await http.destroy();
      await Promise.all([server.close(), large.close(), gate.close()]);
    });

    /** Echoes the record of its arguments. */
    const load = () =>
      runtime.load(
        assembleScript({
          body: `(func (export "main") (local $at i32)
            (local.set $at (call $arguments))
            (call $echo (i32.add (local.get $at) (i32.const 4)) (i32.load (local.get $at))))
          (func (export "waits") (drop ${call("gate")}))`,
          pages: 40,
          data: { gate: ["default", gate.base] },
        }),
      );

    it("are the arguments as they were when it was asked for, of every length", async () => {
      const script = await load();
      const waiting = script.run("waits");
      const given = LENGTHS.map((length) => Buffer.alloc(length, "b"));
      const texts = LENGTHS.map((length) => "é".repeat(length));
      const args = given.flatMap((bytes, i) => [bytes, texts[i] as string]);
      const run = script.run("main", { args });
      for (const bytes of given) bytes.fill(0);
      gate.stayOpen();
      const [{ outputBytes }] = await Promise.all([run, waiting]);
      let at = 1;
      for (const [i, length] of LENGTHS.entries()) {
        assert.equal(outputBytes.readUInt32BE(at + 1), length);
        assert.ok(
          outputBytes.subarray(at + 5, at + 5 + length).equals(Buffer.alloc(length, "b")),
          String(length),
        );
        at += 5 + length;
        const bytes = Buffer.from(texts[i] as string);
        const head = bytes.length < 0x20 ? 1 : bytes.length < 64 ? 2 : 5;
        assert.ok(outputBytes.subarray(at + head, at + head + bytes.length).equals(bytes), String(length));
        at += head + bytes.length;
      }
      assert.equal(at, outputBytes.length);
    });

    it("are the Files as they were when it was asked for: they can be read, and sent in every way", async () => {
      const script = await runtime.compile({ name: "files.ts", source: FILES }, { optimizeLevel: 0 });
      const marked = (length: number): Buffer => Buffer.alloc(length, "f").fill("end", length - 3);
      for (const length of LENGTHS) {
        for (const kind of ["bytes", "buffer", "text"]) {
          const mail = marked(length);
          const given = kind === "text" ? mail.toString() : kind === "bytes" ? mail : toArrayBuffer(mail);
          const from = server.requests.length;
          const run = script.run("main", { args: [`${server.base}/`], files: { mail: given } });
          mail.fill(0);
          if (given instanceof ArrayBuffer) new Uint8Array(given).fill(0);
          assert.equal((await run).output, `${length}\nend\nOK\n`, `${kind} ${length}`);
          const [alone, coded, form] = server.requests.slice(from).map(({ body }) => body);
          assert.ok(alone?.equals(marked(length)), `${kind} ${length}`);
          const plain = Buffer.from(coded?.toString() ?? "", "base64");
          assert.ok(plain.equals(marked(length)), `${kind} ${length}: base64`);
          const parts = form?.toString().split(marked(length).toString()).length;
          assert.equal(parts, 3, `${kind} ${length}: form`);
        }
      }
    });

    it("a content that came can be read at any place, and sent again, until it is released", async () => {
      const script = await runtime.compile({ name: "contents.ts", source: CONTENTS }, { optimizeLevel: 0 });
      const { output } = await script.run("main", { args: [`${large.base}/`] });
      const [, again, released] = large.requests.map(({ body }) => body.toString());
      assert.equal(output, `${LARGE.length}\n${LARGE.slice(16_380, 16_390)}\n${LARGE.slice(-5)}\n`);
      assert.deepEqual([again, released], [LARGE, undefined]);
    });
  });
}
