import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { certificates } from "../../support/certificates.ts";
import { startHttpProxy } from "../../support/http-proxy.ts";
import { listen } from "../../support/listener.ts";
import { startSocksProxy } from "../../support/socks-proxy.ts";
import { plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n";
const ANSWER = `${HEAD}ok`;
const OK = { status: 200, content: "ok" };
const GRANTED: Record<string, string> = {
  socks4: "005a000000000000",
  socks4a: "005a000000000000",
  socks5: "05000001000000000000",
  socks5h: "05000001000000000000",
};

async function perform(t: TestContext, url: string, changes: Partial<Transfer> = {}): Promise<unknown> {
  const network = new Network([{ id: "t", maxTotal: 0, maxHost: 1 }], {
    env: {},
    ca: certificates().authority.cert,
  });
  t.after(() => network.destroy());
  const outcomes = [];
  for (let i = 0; i < 2; i++)
    outcomes.push(plainOutcome(await network.perform(transferTo(url, { timeout: 5, ...changes }))));
  assert.deepEqual(outcomes[1], outcomes[0]);
  return outcomes[0];
}

/** Answers the first request of a connection with the missing part of the answer, and other requests with all of it. */
function answer(socket: Socket, missing: string): void {
  let next = missing;
  socket.on("data", (chunk) => {
    // Two requests may come in one chunk.
    for (const _ of String(chunk).matchAll(/ HTTP\/1\.1\r\n/g)) {
      socket.write(next);
      next = ANSWER;
    }
  });
}

describe("an answer that is there before its request", () => {
  for (const [scheme, granted] of Object.entries(GRANTED)) {
    it(`is read once that is sent: with the word of a ${scheme} proxy`, async (t) => {
      // The whole answer, a part of its head, a part of a line, only the head.
      for (const early of [ANSWER, "HTTP/1.1 200 OK\r\n", "H", HEAD]) {
        const target = await listen(t, (socket) => answer(socket, ANSWER.slice(early.length)));
        const url = `http://127.0.0.1:${target.port}/`;
        const reply = Buffer.concat([Buffer.from(granted, "hex"), Buffer.from(early)]);
        const proxy = `${scheme}://127.0.0.1:${(await startSocksProxy(t, { reply })).port}`;
        assert.deepEqual(await perform(t, url, { proxy }), OK, early);
        assert.deepEqual(await perform(t, url, { proxy, body: stringBody("x") }), OK, early);
      }
    });
  }

  it("is read also where its end came with it, or more than a buffer holds", async (t) => {
    const content = "x".repeat(300_000);
    const large = `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n${content}`;
    for (const text of [ANSWER, "HTTP/1.0 200 OK\r\n\r\nok", large]) {
      const proxy = await listen(t, (socket) => {
        socket.once("data", () => socket.end(Buffer.from(`\x00\x5a\0\0\0\0\0\0${text}`, "latin1")));
      });
      const transfer = { proxy: `socks4a://127.0.0.1:${proxy.port}` };
      const expected = text === large ? { status: 200, content } : OK;
      assert.deepEqual(await perform(t, "http://target.test/", transfer), expected);
    }
  });

  it("is read over TLS: direct, through a SOCKS proxy and through a tunnel", async (t) => {
    const tls = { cert: certificates().good.cert, key: certificates().good.key };
    const target = await listen(
      t,
      (socket) => {
        socket.write(ANSWER);
        answer(socket, "");
      },
      { tls },
    );
    const url = `https://localhost:${target.port}/`;
    const socks = await startSocksProxy(t);
    const tunnel = await startHttpProxy(t);
    const proxies = ["", `socks5h://127.0.0.1:${socks.port}`, `http://127.0.0.1:${tunnel.port}`];
    for (const proxy of proxies) assert.deepEqual(await perform(t, url, { proxy }), OK, proxy);
  });

  it("is read where the peer answers whoever connects", async (t) => {
    const target = await listen(t, (socket) => {
      socket.write(ANSWER);
      answer(socket, "");
    });
    assert.deepEqual(await perform(t, `http://127.0.0.1:${target.port}/`), OK);
  });

  it("is none if it is no response", async (t) => {
    const reply = Buffer.from("\x00\x5a\0\0\0\0\0\0nonsense\r\n", "latin1");
    const proxy = `socks4a://127.0.0.1:${(await startSocksProxy(t, { reply })).port}`;
    const target = await listen(t, () => {});
    const outcome = await perform(t, `http://127.0.0.1:${target.port}/`, { proxy });
    assert.deepEqual(outcome, { code: "UNSUPPORTED_PROTOCOL" });
  });
});
