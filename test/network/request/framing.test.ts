import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { ExtData } from "@msgpack/msgpack";
import { EXT_FILE_BYTES } from "../../../assembly/abi.ts";
import { createHttpBackground } from "../../../host/index.ts";
import { Network } from "../../../host/network/network.ts";
import type { Body } from "../../../host/network/transfer/body.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { createScriptRuntime } from "../../../host/script/index.ts";
import { type Listener, listen } from "../../support/listener.ts";
import { assembleScript, call } from "../../support/script-wat.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OK = { status: 200, content: "ok" };
const CHUNKS = "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n1\r\n!\r\n0\r\n\r\n";

interface Recorder extends Listener {
  readonly base: string;
  /** Everything that came, one entry for each connection. */
  readonly received: string[];
}

/** A server that answers the first head of each connection. */
async function startRecorder(t: TestContext): Promise<Recorder> {
  const received: string[] = [];
  const listener = await listen(t, (socket) => {
    const index = received.push("") - 1;
    let isAnswered = false;
    socket.on("data", (data) => {
      received[index] += data.toString("latin1");
      if (isAnswered || !received[index]?.includes("\r\n\r\n")) return;
      isAnswered = true;
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
  });
  return Object.assign(listener, { base: `http://127.0.0.1:${listener.port}`, received });
}

async function exchange(t: TestContext, changes: Partial<Transfer>): Promise<string> {
  const server = await startRecorder(t);
  const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
  try {
    assert.deepEqual(plainOutcome(await network.perform(transferTo(server.base, changes))), OK);
    const { idle } = network.stats().t ?? assert.fail();
    // A request without framing is the last one on its connection.
    assert.equal(idle, isUnframed(changes) ? 0 : 1);
  } finally {
    await network.destroy();
  }
  await server.allGone();
  return server.received.join("\n---\n");
}

function isUnframed({ headers, body }: Partial<Transfer>): boolean {
  return (
    /^transfer-encoding:[ \t]*$/i.test(headers?.[0] ?? "") && headers?.length === 1 && body?.length === -1
  );
}

const file = (): Body => fileBody(chunks("hello", "!"));
const form = (): Body =>
  fileBody(chunks("hello", "!"), { kind: "multipart", contentType: "multipart/form-data; boundary=b" });

/** Headers, the body, and how the request ends on the wire. */
const ROWS: readonly (readonly [headers: string[], body: () => Body, end: string])[] = [
  [[], file, CHUNKS],
  [["Transfer-Encoding:"], file, "octet-stream\r\n\r\nhello!"],
  [["transfer-encoding:  \t"], file, "octet-stream\r\n\r\nhello!"],
  [["Transfer-Encoding:"], form, "boundary=b\r\n\r\nhello!"],
  [["Transfer-Encoding:"], () => fileBody(chunks()), "octet-stream\r\n\r\n"],
  [["Transfer-Encoding;"], file, CHUNKS],
  [["Transfer-Encoding; x"], file, CHUNKS],
  [["Transfer-Encoding:", "Transfer-Encoding: chunked"], file, CHUNKS],
  [["Transfer-Encoding:", "Content-Length: 6"], file, "content-length: 6\r\n\r\nhello!"],
  [["Transfer-Encoding:"], () => stringBody("hello!"), "content-length: 6\r\n\r\nhello!"],
];

describe("the framing of a body", () => {
  for (const [headers, body, end] of ROWS) {
    it(`with ${JSON.stringify(headers)} ends as ${JSON.stringify(end)}`, async (t) => {
      const changes = { headers, body: body() };
      const sent = await exchange(t, changes);
      assert.ok(sent.endsWith(end), sent);
      assert.equal(/^connection: close\r$/m.test(sent), isUnframed(changes));
      assert.equal(/^(transfer-encoding|content-length)/im.test(sent), !isUnframed(changes));
    });
  }

  it("stays where a forward proxy would take the body for another request", async (t) => {
    const proxy = await startRecorder(t);
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);
    const changes = { proxy: proxy.base, headers: ["Transfer-Encoding:"], body: file() };
    const outcome = await network.perform(transferTo("http://a.example/", changes));
    await network.destroy();
    assert.deepEqual(plainOutcome(outcome), OK);
    assert.ok(proxy.received[0]?.endsWith(CHUNKS), proxy.received[0]);
  });

  it("stays in the call of a script, whose policy has not seen what the body may ask for", async (t) => {
    const server = await startRecorder(t);
    const http = await createHttpBackground({ threads: [{ id: "default" }] });
    const runtime = createScriptRuntime({ http, allow: [server.base] });
    const args = [
      "default",
      `${server.base}/`,
      { headers: ["Transfer-Encoding:"] },
      new ExtData(EXT_FILE_BYTES, Buffer.from("hello!")),
    ];
    const module = assembleScript({ body: `(func (export "main") (drop ${call("args")}))`, data: { args } });
    const script = await runtime.load(module);
    await script.run();
    await runtime.close();
    await http.destroy();
    assert.match(server.received[0] ?? "", /\r\ntransfer-encoding: chunked\r\n\r\n6\r\nhello!\r\n0\r\n\r\n$/);
  });
});
