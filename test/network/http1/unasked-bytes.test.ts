import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { Connection } from "../../../host/network/http1/connection.ts";
import { Network } from "../../../host/network/network.ts";
import type { Body } from "../../../host/network/transfer/body.ts";
import { burn } from "../../support/burn.ts";
import { certificates } from "../../support/certificates.ts";
import { destinationOf } from "../../support/destination.ts";
import { startHttpProxy } from "../../support/http-proxy.ts";
import { type Listener, listen } from "../../support/listener.ts";
import { chunks, fileBody, plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const FORGED = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nFORGED";

const UNASKED: Record<string, string> = {
  "an answer": FORGED,
  "an empty line": "\r\n",
  LF: "\n",
  "empty lines and an answer": `\r\n\r\n${FORGED}`,
  "an interim answer": "HTTP/1.1 100 Continue\r\n\r\n",
  "two answers": `HTTP/1.1 100 Continue\r\n\r\n${FORGED}`,
  "a part of a head": "HTTP/1.1 200 OK\r\nX: ",
  "one byte": "H",
  "no HTTP": "nonsense\r\n\r\n",
  "half a megabyte": "\r\n".repeat(262_144),
};

const BODIES: Record<string, () => Body | null> = {
  nothing: () => null,
  "a string": () => stringBody("x"),
  "a stream": () => fileBody(chunks("x")),
};

interface Peer {
  url: string;
  proxy: string;
  server: Listener;
  /** The sockets of the server, above TLS. */
  sockets: Socket[];
}

/** Each answer says on which connection it came. */
async function startPeer(t: TestContext, how: string, padding = 0, appended = ""): Promise<Peer> {
  const sockets: Socket[] = [];
  const { good } = certificates();
  const isSecure = how !== "plain";
  const server = await listen(
    t,
    (socket) => {
      // Otherwise Nagle's algorithm keeps the bytes here until the next request comes.
      socket.setNoDelay(true);
      const content = `${sockets.push(socket)}`.padEnd(padding, " ");
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${content.length}\r\n\r\n`;
      socket.on("data", (chunk) => {
        if (String(chunk).includes(" HTTP/1.1\r\n")) socket.write(head + content + appended);
      });
    },
    isSecure ? { tls: { key: good.key, cert: good.cert } } : {},
  );
  const proxy = how === "tunnelled" ? `http://127.0.0.1:${(await startHttpProxy(t)).port}` : "";
  return { url: `${isSecure ? "https" : "http"}://127.0.0.1:${server.port}/`, proxy, server, sockets };
}

function startNetwork(t: TestContext): Network {
  const ca = certificates().authority.cert;
  const network = new Network([{ id: "t", maxTotal: 0, maxHost: 1 }], { env: {}, ca });
  t.after(() => network.destroy());
  return network;
}

/** In this time the event loop looks at no socket. */
const BUSY_MS = 5;

describe("bytes on a connection that nobody uses", () => {
  for (const how of ["plain", "secure"]) {
    for (const [what, bytes] of Object.entries(UNASKED)) {
      it(`are not read as an answer, where they lie in the kernel when it is used again: ${what}, ${how}`, async (t) => {
        for (const [sent, makeBody] of Object.entries(BODIES)) {
          const { url, server, sockets } = await startPeer(t, how);
          const network = startNetwork(t);
          const call = async (body: Body | null) =>
            plainOutcome(await network.perform(transferTo(url, { timeout: 5, body })));
          assert.deepEqual(await call(null), { status: 200, content: "1" });
          sockets[0]?.write(bytes);
          burn(BUSY_MS);
          assert.deepEqual(await call(makeBody()), { status: 200, content: "2" }, sent);
          assert.equal(server.accepted, 2);
          await network.destroy();
        }
      });
    }
  }

  for (const how of ["plain", "secure", "tunnelled"]) {
    it(`close it at once: ${how}`, async (t) => {
      const { url, proxy, sockets } = await startPeer(t, how);
      const network = startNetwork(t);
      for (const bytes of Object.values(UNASKED)) {
        const { length } = sockets;
        const outcome = plainOutcome(await network.perform(transferTo(url, { timeout: 5, proxy })));
        assert.deepEqual(outcome, { status: 200, content: String(length + 1) });
        assert.equal(network.stats().t?.idle, 1);
        sockets[length]?.write(bytes);
        while (network.stats().t?.idle !== 0) await new Promise((resolve) => setImmediate(resolve));
      }
    });
  }

  it("are not read as an answer after a large one, wherever a read ends", async (t) => {
    for (const size of [65_536, 2 * 65_536, 32 * 65_536, 33 * 65_536]) {
      const head = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
      const { url } = await startPeer(t, "plain", size - head.length, FORGED);
      const network = startNetwork(t);
      for (const content of ["1", "2", "3"]) {
        const outcome = plainOutcome(await network.perform(transferTo(url, { timeout: 5 })));
        assert.ok("content" in outcome);
        assert.equal(String(outcome.content).trimEnd(), content);
      }
    }
  });

  it("close it also before its first request", async (t) => {
    const { url, server } = await startPeer(t, "plain");
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    const closed = new Promise<void>((resolve) => {
      const connection = new Connection(destinationOf(url), socket, { onClosed: resolve, onCapacity() {} });
      connection.free();
      connection.free();
    });
    for (const peer of server.open) peer.write("\r\n");
    await closed;
  });

  it("are none if the peer answers each request, however long the caller computes", async (t) => {
    const { url, server } = await startPeer(t, "plain");
    const network = startNetwork(t);
    for (let i = 0; i < 5; i++) {
      const outcome = plainOutcome(await network.perform(transferTo(url, { timeout: 5 })));
      assert.deepEqual(outcome, { status: 200, content: "1" });
      burn(BUSY_MS);
    }
    assert.equal(server.accepted, 1);
  });
});
