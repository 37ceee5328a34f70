import assert from "node:assert/strict";
import { afterEach, describe, it, type TestContext } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Transfer } from "../../../host/network/transfer/transfer.ts";
import { certificates } from "../../support/certificates.ts";
import { FRAME, type FramePeer, frame, startFrameServer } from "../../support/frame-server.ts";
import { startHttpProxy } from "../../support/http-proxy.ts";
import { type Http2Server, startHttp2Server } from "../../support/http2-server.ts";
import { startSocksProxy } from "../../support/socks-proxy.ts";
import { chunks, fileBody, plainOutcome, transferTo } from "../../support/transfers.ts";

/** Starts a proxy of each kind, and returns its port. */
const PROXIES: Readonly<Record<string, (t: TestContext) => Promise<{ readonly port: number }>>> = {
  http: startHttpProxy,
  https: (t) => startHttpProxy(t, { tls: certificates().good }),
  socks4a: startSocksProxy,
  socks5: startSocksProxy,
  socks5h: startSocksProxy,
};
const LARGE = "0123456789abcdef".repeat(64 * 1024);
const PING = frame(FRAME.ping, 0, 0, Buffer.alloc(8));

let network: Network | undefined;
let server: Http2Server | undefined;
afterEach(async () => {
  await network?.destroy();
  await server?.close();
  [network, server] = [undefined, undefined];
});

function open(): Network {
  network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
    env: {},
    ca: certificates().authority.cert,
  });
  return network;
}

describe("HTTP/2 through a proxy:", () => {
  for (const [kind, start] of Object.entries(PROXIES)) {
    it(`calls share a connection, in both directions: ${kind}`, async (t) => {
      const proxy = `${kind}://127.0.0.1:${(await start(t)).port}`;
      server = await startHttp2Server((stream, { body }) => {
        stream.respond({ ":status": 200 });
        stream.end(body);
      });
      const { base } = server;
      const opened = open();
      const call = (changes: Partial<Transfer>) => opened.perform(transferTo(base, { ...changes, proxy }));
      const all = [
        call({ body: fileBody(chunks(LARGE)) }),
        call({ body: fileBody(chunks("small")) }),
        call({}),
      ];
      const contents = (await Promise.all(all)).map((outcome) => plainOutcome(outcome));
      assert.deepEqual(
        contents,
        [LARGE, "small", ""].map((content) => ({ status: 200, content })),
      );
      assert.equal(server.counts.sessions, 1);
      assert.equal(opened.stats().t?.http2, 1);
    });

    it(`a server that sends too much harms only its call: ${kind}`, async (t) => {
      const proxy = `${kind}://127.0.0.1:${(await start(t)).port}`;
      const { base } = await startFrameServer(t, { onRequest: flood });
      const outcome = await open().perform(transferTo(base, { proxy, timeout: 60 }));
      assert.deepEqual(plainOutcome(outcome), { code: "HTTP2" });
    });
  }
});

function flood({ socket }: FramePeer): void {
  const batch = Buffer.concat(Array.from({ length: 4096 }, () => PING));
  const send = (): void => {
    while (!socket.destroyed && socket.write(batch));
  };
  socket.on("drain", send);
  send();
}
