import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Connector } from "../../../host/network/connect/connector.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import type { Policy } from "../../../host/network/transfer/policy.ts";
import { fullBacklog } from "../../support/black-hole.ts";
import { certificates } from "../../support/certificates.ts";
import { connectTo, outcomeOf } from "../../support/connecting.ts";
import { leftovers, openHandles } from "../../support/handles.ts";
import { closedPort, listen } from "../../support/listener.ts";
import { connectorOf } from "../../support/names.ts";

/** A signal that aborts with this reason when `abort` is called. */
function abortable(reason?: unknown): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(reason) };
}

describe("Connector", () => {
  it("connects to an address, a name, and the other address of a name", async (t) => {
    const { port } = await listen(t, () => {});
    assert.equal(await outcomeOf(`http://127.0.0.1:${port}/`), "connected");
    assert.equal(await outcomeOf(`http://GOOD.test:${port}/`), "connected");
    assert.equal(await outcomeOf(`http://both.test:${port}/`), "connected");
    assert.equal(await outcomeOf(`http://localhost:${port}/`), "connected");
  });

  it("connects over IPv6", async (t) => {
    const { port } = await listen(t, () => {}, { host: "::1" });
    assert.equal(await outcomeOf(`http://[::1]:${port}/`), "connected");
    assert.equal(await outcomeOf(`http://v6.test:${port}/`), "connected");
  });

  it("fails with libcurl's codes", async () => {
    const port = await closedPort();
    assert.equal(await outcomeOf(`http://unknown.test:${port}/`), "COULDNT_RESOLVE_HOST");
    assert.equal(await outcomeOf(`http://127.0.0.1.:${port}/`), "COULDNT_RESOLVE_HOST");
    assert.equal(await outcomeOf(`http://127.0.0.1:${port}/`), "COULDNT_CONNECT");
    assert.equal(await outcomeOf("http://127.0.0.1:0/"), "COULDNT_CONNECT");
    assert.equal(await outcomeOf(`http://both.test:${port}/`), "COULDNT_CONNECT");
    assert.equal(await outcomeOf(`https://127.0.0.1:${port}/`), "COULDNT_CONNECT");
  });

  it("hands over a socket that has no timer and no delay, and does not end with its signal", async (t) => {
    const before = openHandles();
    const server = await listen(t, (socket) => socket.end("hello"));
    const { signal, abort } = abortable();
    const socket = await connectTo(`http://127.0.0.1:${server.port}/`, {
      options: { signal, timeoutMs: 60_000 },
    });
    abort();
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk as Buffer);
    assert.equal(Buffer.concat(chunks).toString(), "hello");
    assert.deepEqual(await leftovers(before), []);
  });
});

describe("a policy of addresses", () => {
  /** Allows every address but one. */
  const without = (denied: string): Policy => ({
    checkUrl() {},
    checkAddress: (_, address) => {
      if (address === denied) throw new TransferFailure("DENIED");
    },
  });

  it("denies a host of which one address is denied, whichever would answer", async (t) => {
    const server = await listen(t, () => {});
    for (const host of ["both.test", "reverse.test"]) {
      const options = { policy: without("::1") };
      assert.equal(await outcomeOf(`http://${host}:${server.port}/`, { options }), "DENIED", host);
    }
    assert.equal(server.accepted, 0);
  });

  it("denies an address before any proxy is reached", async (t) => {
    const server = await listen(t, () => {});
    const options = { policy: without("127.0.0.9") };
    for (const scheme of ["http", "socks4", "socks4a", "socks5", "socks5h"]) {
      const transfer = { proxy: `${scheme}://127.0.0.1:${server.port}` };
      const outcome = await outcomeOf("https://127.0.0.9/", { transfer, options });
      assert.equal(outcome, "DENIED", scheme);
    }
    assert.equal(server.accepted, 0);
  });
});

describe("a lookup that fails in its own way", () => {
  it("is COULDNT_CONNECT", async () => {
    const addresses = Promise.reject(new Error("no lookup"));
    const connector = new Connector({ lookup: () => ({ addresses, leave() {} }) });
    assert.equal(await outcomeOf("http://good.test/", { connector }), "COULDNT_CONNECT");
  });
});

describe("the end of an attempt", () => {
  it("is OPERATION_TIMEDOUT in every phase, and leaves nothing", async (t) => {
    const before = openHandles();
    const hole = await fullBacklog(t);
    const silent = await listen(t, (socket) => socket.resume());
    const asleep = connectorOf(() => new Promise(() => {}));
    const phases = {
      lookup: { url: "http://slow.test/", connector: asleep },
      source: { url: "http://127.0.0.1/", connector: asleep, transfer: { sourceip: "host!slow.test" } },
      tcp: { url: `http://${hole.address}:${hole.port}/` },
      tls: { url: `https://127.0.0.1:${silent.port}/` },
      proxyLookup: { url: "http://127.0.0.1/", connector: asleep, transfer: { proxy: "http://slow.test" } },
      httpProxy: { url: "https://a.test/", transfer: { proxy: `http://127.0.0.1:${silent.port}` } },
      httpsProxy: { url: "https://a.test/", transfer: { proxy: `https://127.0.0.1:${silent.port}` } },
      socks4: { url: "http://127.0.0.2/", transfer: { proxy: `socks4://127.0.0.1:${silent.port}` } },
      socks5: { url: "http://127.0.0.2/", transfer: { proxy: `socks5h://127.0.0.1:${silent.port}` } },
    };
    for (const [phase, { url, ...connecting }] of Object.entries(phases)) {
      const outcome = await outcomeOf(url, { ...connecting, options: { timeoutMs: 100 } });
      assert.equal(outcome, "OPERATION_TIMEDOUT", phase);
    }
    await silent.allGone();
    assert.equal(silent.accepted, 5);
    hole.release();
    assert.deepEqual(await leftovers(before), []);
  });

  it("comes at once with the signal, and gives its reason", async (t) => {
    const before = openHandles();
    const { signal, abort } = abortable(new TransferFailure("GOT_NOTHING"));
    const server = await listen(t, (socket) => {
      socket.resume();
      abort();
    });
    const outcome = await outcomeOf(`https://127.0.0.1:${server.port}/`, { options: { signal } });
    assert.equal(outcome, "GOT_NOTHING");
    await server.allGone();
    assert.deepEqual(await leftovers(before), []);
  });

  it("is ABORTED_BY_CALLBACK for any other reason", async (t) => {
    const { port } = await listen(t, () => {});
    const { signal, abort } = abortable(new Error("enough"));
    abort();
    const url = `http://127.0.0.1:${port}/`;
    assert.equal(await outcomeOf(url, { options: { signal } }), "ABORTED_BY_CALLBACK");
    const slow = connectorOf(() => new Promise(() => {}));
    const later = abortable();
    const outcome = outcomeOf("http://slow.test/", { connector: slow, options: { signal: later.signal } });
    later.abort();
    assert.equal(await outcome, "ABORTED_BY_CALLBACK");
  });

  it("closes the connection whose certificate is refused", async (t) => {
    const before = openHandles();
    const server = await listen(t, () => {}, { tls: certificates().selfSigned });
    assert.equal(await outcomeOf(`https://127.0.0.1:${server.port}/`), "PEER_FAILED_VERIFICATION");
    await server.allGone();
    assert.deepEqual(await leftovers(before), []);
  });
});
