import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ExtData } from "@msgpack/msgpack";
import { EXT_FILE_AT, EXT_FILE_BYTES, EXT_STRING_AT, LONG_DATA } from "../../assembly/abi.ts";
import { createHttpBackground, type HttpBackground, type Post } from "../../host/index.ts";
import { createScriptRuntime, type ScriptRuntime } from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { headerOf } from "../support/raw-request.ts";
import { assembleScript, call } from "../support/script-wat.ts";
import { type ScriptedServer, startScriptedServer } from "../support/scripted-server.ts";
import { VARIANTS } from "../support/variants.ts";

/** Where the first data of a script made by hand are. */
const DATA = 4096;
/** The heap of such a script begins behind them. */
const SIZES = [LONG_DATA, LONG_DATA + 1, 15_000];

/** How bytes are given: by an application, and by a script, which has them among its arguments or elsewhere. */
type Give = (bytes: Buffer, isFile: boolean) => unknown;
const GIVEN: Readonly<Record<string, Give>> = {
  application: (bytes, isFile) => (isFile ? new Blob([Uint8Array.from(bytes)]) : bytes),
  arguments: (bytes, isFile) => (isFile ? new ExtData(EXT_FILE_BYTES, bytes) : bytes),
  memory: (bytes, isFile) => {
    const place = Buffer.alloc(8);
    place.writeUInt32LE(DATA);
    place.writeUInt32LE(bytes.length, 4);
    return new ExtData(isFile ? EXT_FILE_AT : EXT_STRING_AT, place);
  },
};

const part = (isFile: boolean, encoder?: string) => (given: Give, bytes: Buffer) => ({
  before: { data: "short" },
  long: { data: given(bytes, isFile), filename: "a.txt", ...(encoder === undefined ? {} : { encoder }) },
  again: { data: given(bytes, isFile) },
});

const POSTS: readonly (readonly [
  what: string,
  post: (given: Give, bytes: Buffer) => unknown,
  options?: object,
])[] = [
  ["a string", (given, bytes) => given(bytes, false)],
  ["a File", (given, bytes) => given(bytes, true)],
  ["a File in base64", (given, bytes) => given(bytes, true), { encoder: "base64" }],
  ["a File of a length", (given, bytes) => given(bytes, true), {}],
  ["parts of strings", part(false)],
  ["parts of Files", part(true)],
  ...["base64", "quoted-printable", "8bit"].flatMap((encoder) =>
    [true, false].map((isFile) => [`parts in ${encoder}, ${isFile}`, part(isFile, encoder)] as const),
  ),
];

for (const { name, wasm } of VARIANTS) {
  describe(`long data that a script posts (${name})`, () => {
    let server: ScriptedServer;
    let http: HttpBackground;
    let runtime: ScriptRuntime;
    before(async () => {
      server = await startScriptedServer();
      http = await createHttpBackground({ threads: [{ id: "default" }] }, { wasm });
      runtime = createScriptRuntime({ http, allow: [server.base] });
    });
    after(async () => {
      await runtime.destroy();
      await http.destroy();
      await server.close();
    });

    async function postByScript(bytes: Buffer, args: unknown[]): Promise<void> {
      const body = `(func (export "main") (call $echo_content ${call("args")}))`;
      const script = await runtime.load(assembleScript({ body, data: { bytes, args } }));
      assert.equal((await script.run()).output, "ok");
    }

    /** What was sent, whatever boundary it has. */
    function lastRequest(): object {
      const { method, framing, headers, body } = server.requests.at(-1) ?? assert.fail();
      const [, boundary = "none"] =
        /boundary=(.*)/.exec(headerOf({ headers } as never, "content-type") ?? "") ?? [];
      const text = body.toString("latin1").replaceAll(boundary, "BOUNDARY");
      return { method, framing, text, headers: JSON.stringify(headers).replaceAll(boundary, "BOUNDARY") };
    }

    for (const [what, post, options = {}] of POSTS) {
      it(`is sent as an application's: ${what}`, async () => {
        for (const size of SIZES) {
          const bytes = Buffer.alloc(size, "a line\r\nof € = text ");
          const sent: object[] = [];
          for (const [how, given] of Object.entries(GIVEN)) {
            const args = ["default", `${server.base}/`, options, post(given, bytes)];
            if (how !== "application") await postByScript(bytes, args);
            else
              await http.http_background("default", `${server.base}/`, options, post(given, bytes) as Post);
            sent.push(lastRequest());
          }
          assert.deepEqual(sent[1], sent[0], `${size}`);
          assert.deepEqual(sent[2], sent[0], `${size}`);
        }
      });
    }

    it("ends the call as an application's does, if it cannot be encoded", async () => {
      const bytes = Buffer.alloc(5000, "é");
      const parts = part(false, "7bit");
      const application = await http.http_background(
        "default",
        server.base,
        {},
        parts(GIVEN.application as Give, bytes) as Post,
      );
      assert.equal(application.code, "READ_ERROR");
      for (const how of ["arguments", "memory"]) {
        const args = ["default", `${server.base}/`, {}, parts(GIVEN[how] as Give, bytes)];
        const body = `(func (export "main") (call $echo_record ${call("args")}))`;
        const script = await runtime.load(assembleScript({ body, data: { bytes, args } }));
        assert.match((await script.run()).output, /READ_ERROR/);
      }
    });
  });
}

describe("a script that waits with much to post", () => {
  const SIZE = 14_000_000;
  const RUNS = 10;
  /** Beyond the heap. */
  const FAR = 1_000_000;

  it("has its own memory, and one copy of what it posts", async () => {
    const gate = await GateServer.start();
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    const runtime = createScriptRuntime({
      http,
      allow: [gate.base],
      limits: { timeout: 120, computeMs: 60_000 },
    });
    const place = Buffer.alloc(8);
    place.writeUInt32LE(FAR);
    place.writeUInt32LE(SIZE, 4);
    const args = ["default", `${gate.base}/`, {}, new ExtData(EXT_STRING_AT, place)];
    const body = `(func (export "main")
      (memory.fill (i32.const ${FAR}) (i32.const 97) (i32.const ${SIZE}))
      (call $echo_content ${call("args")}))`;
    const script = await runtime.load(assembleScript({ body, data: { args }, pages: 250 }));
    const before = process.memoryUsage();
    const runs = Array.from({ length: RUNS }, () => script.run());
    await gate.holds(RUNS);
    const waiting = process.memoryUsage();
    gate.open();
    for (const { output } of await Promise.all(runs)) assert.equal(output, "ok");
    await runtime.close();
    await http.close();
    await gate.close();
    // Buffers, and the memories of instances.
    const grown = waiting.external - before.external;
    assert.ok(grown < RUNS * (16 * 2 ** 20 + SIZE) * 1.25, `${grown}`);
  });
});
