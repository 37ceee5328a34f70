import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import {
  compileScript,
  createScriptRuntime,
  type ScriptRuntime,
  type ScriptRuntimeOptions,
} from "../../host/script/index.ts";
import { failureOf } from "../support/script-runtime.ts";
import { assembleScript, call } from "../support/script-wat.ts";

const SOURCE = `
import { args, echo, http_background, Reply } from "http-background/assembly";

function show(text: string | null): void { echo(text === null ? "none" : "<" + text + ">"); }
function get(path: string): Reply { return http_background("default", args()[0] + path, { redirects: 1 }); }

export function main(): void {
  const reply = get("/redirect");
  show(reply.header("x-one"));
  show(reply.header("X-TWO"));
  show(reply.header("x-on"));
  show(reply.header(""));
  show(reply.header("location"));
  show(reply.header("x-text"));
  show(reply.url.slice(args()[0].length));
  echo(reply.text);
  show(reply.header("X-One"));
  reply.release();
  show(reply.header("x-one"));
  show(reply.url);
}

export function failing(): void {
  const reply = http_background("default", "http://127.0.0.1:1/");
  show(reply.header("x-one"));
  show(reply.url);
  reply.release();
}

export function unread(): void {
  const reply = get("/end");
  reply.release();
  show(reply.header("x-one"));
}

export function keeping(): void {
  for (let i = 0; i < 10; i++) get("/long").header("x-one");
}

export function releasing(): void {
  for (let i = 0; i < 10; i++) {
    const reply = get("/long");
    reply.header("x-one");
    reply.release();
  }
}
`;
const LONG = "x".repeat(10_000);

describe("heads of replies", () => {
  const server = createServer((request, response) => {
    if (request.url === "/redirect")
      return response.writeHead(302, { location: "/end?a=b#c" }).end("not this");
    response.setHeader("X-One", "1").setHeader("x-two", ["a", "b, c"]);
    response.setHeader("X-Text", Buffer.from("grüße").toString("latin1"));
    if (request.url === "/long") response.setHeader("X-Long", LONG);
    return response.end(Buffer.from("content"));
  });
  let http: HttpBackground;
  let base = "";
  let wasm: Uint8Array;
  let plain: Uint8Array;
  const runtimes: ScriptRuntime[] = [];
  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    http = await createHttpBackground({ threads: [{ id: "default" }] });
    ({ wasm } = await compileScript({ name: "heads.ts", source: SOURCE }));
    // It never asks for a header.
    const release = `(call $release (call $handle_of ${call("long")}))`;
    const data = { long: ["default", `${base}/long`] };
    plain = assembleScript({ body: `(func (export "keeping") ${release.repeat(10)})`, data });
  });
  after(async () => {
    for (const runtime of runtimes) await runtime.destroy();
    await http.destroy();
    server.closeAllConnections();
    server.close();
  });

  function run(
    module: Uint8Array,
    entry: string,
    options: Partial<ScriptRuntimeOptions>,
  ): Promise<{ output: string }> {
    const runtime = createScriptRuntime({ http, allow: [base, "http://127.0.0.1:1"], ...options });
    runtimes.push(runtime);
    return runtime.load(module).then((script) => script.run(entry, { args: [base] }));
  }

  for (const workers of [0, 1]) {
    it(`are there when a script asks for them, also when it has read the content: ${workers} workers`, async () => {
      const { output } = await run(wasm, "main", { workers });
      const lines = ["<1>", "<a, b, c>", "none", "none", "none", "<grüße>", "</end?a=b>", "content", "<1>"];
      assert.equal(output, `${[...lines, "none", "<>"].join("\n")}\n`);
    });

    it(`are not there if the transfer failed, or if they were released: ${workers} workers`, async () => {
      assert.equal((await run(wasm, "failing", { workers })).output, "none\n<>\n");
      assert.equal((await run(wasm, "unread", { workers })).output, "none\n");
    });

    it(`are on the account of the run until they are released: ${workers} workers`, async () => {
      const limits = { keptBytes: 80_000 };
      assert.equal((await failureOf(run(wasm, "keeping", { workers, limits }))).code, "KEPT_LIMIT");
      await run(wasm, "releasing", { workers, limits });
      await run(wasm, "keeping", { workers, limits: { keptBytes: 200_000 } });
    });

    it(`are kept only for scripts that may ask for them: ${workers} workers`, async () => {
      await run(plain, "keeping", { workers, limits: { keptBytes: 10_000 } });
    });
  }
});
