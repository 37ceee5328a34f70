import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import type { TLSSocket } from "node:tls";
import { certificates } from "../../support/certificates.ts";
import { connectTo, greetingOf, outcomeOf } from "../../support/connecting.ts";
import { leftovers, openHandles } from "../../support/handles.ts";
import { startHttpProxy } from "../../support/http-proxy.ts";
import { closedPort, listen } from "../../support/listener.ts";
import { ONE_LOOPBACK } from "../../support/platform.ts";

const hello = (socket: Socket): unknown => socket.end("hello");
const silent = (socket: Socket): unknown => socket.resume();

describe("a connection through an HTTP proxy", () => {
  it("is a tunnel for https, asked for with nothing but the target and the proxy's credentials", async (t) => {
    const { port } = await listen(t, hello, { tls: certificates().good });
    const proxy = await startHttpProxy(t);
    const url = `https://LocalHost:${port}/`;
    assert.equal(await greetingOf(url, { transfer: { proxy: `http://127.0.0.1:${proxy.port}` } }), "hello");
    const withLogin = `pu:p%ff@127.0.0.1:${proxy.port}`;
    const transfer = { proxy: withLogin, headers: ["X-A: 1", "Host: h", "User-Agent: me"], username: "u" };
    assert.equal(await greetingOf(url, { transfer }), "hello");
    const target = `localhost:${port}`;
    assert.deepEqual(proxy.heads, [
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Connection: Keep-Alive\r\n\r\n`,
      `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\nProxy-Authorization: Basic cHU6cP8=\r\n` +
        "Proxy-Connection: Keep-Alive\r\n\r\n",
    ]);
  });

  it("names an IPv6 target in brackets", async (t) => {
    const { port } = await listen(t, hello, { tls: certificates().good });
    const proxy = await startHttpProxy(t);
    const url = `https://[::1]:${port}/`;
    assert.equal(await greetingOf(url, { transfer: { proxy: `http://127.0.0.1:${proxy.port}` } }), "hello");
    assert.match(proxy.heads[0] ?? "", /^CONNECT \[::1\]:\d+ HTTP\/1\.1\r\nHost: \[::1\]:\d+\r\n/);
  });

  it("ends at the proxy for http, whose requests go there in absolute form", async (t) => {
    const proxy = await listen(t, hello);
    const transfer = { proxy: `http://127.0.0.1:${proxy.port}` };
    assert.equal(await greetingOf("http://unknown.test/", { transfer }), "hello");
  });

  it("verifies the target's certificate inside the tunnel", async (t) => {
    const proxy = await startHttpProxy(t);
    const transfer = { proxy: `http://127.0.0.1:${proxy.port}` };
    const { port } = await listen(t, hello, { tls: certificates().selfSigned });
    assert.equal(await outcomeOf(`https://localhost:${port}/`, { transfer }), "PEER_FAILED_VERIFICATION");
    const lax = { ...transfer, tlsVerifyPeer: false };
    assert.equal(await outcomeOf(`https://localhost:${port}/`, { transfer: lax }), "connected");
  });

  it("comes from the source address", { skip: ONE_LOOPBACK }, async (t) => {
    const { port } = await listen(t, hello, { tls: certificates().good });
    const from: unknown[] = [];
    const proxy = await startHttpProxy(t, {
      behave: (socket) => {
        from.push(socket.remoteAddress);
        socket.destroy();
      },
    });
    const transfer = { proxy: `http://127.0.0.1:${proxy.port}`, sourceip: "127.0.0.7" };
    await outcomeOf(`https://localhost:${port}/`, { transfer });
    assert.deepEqual(from, ["127.0.0.7"]);
  });

  it("leaves bytes after the reply to the target's TLS", async (t) => {
    const { port } = await listen(t, hello, { tls: certificates().good });
    const proxy = await startHttpProxy(t, {
      reply: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 400 no TLS\r\n\r\n",
    });
    const transfer = { proxy: `http://127.0.0.1:${proxy.port}` };
    assert.equal(await outcomeOf(`https://localhost:${port}/`, { transfer }), "SSL_CONNECT_ERROR");
  });

  it("takes any 2xx, of either version, with any headers and line ends", async (t) => {
    const { port } = await listen(t, hello, { tls: certificates().good });
    const replies = [
      "HTTP/1.0 200\r\n\r\n",
      "HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n",
      "HTTP/1.1 200 OK\nX: y\n\n",
      `HTTP/1.1 200 OK\r\nX: ${"y".repeat(60_000)}\r\n\r\n`,
    ];
    for (const reply of replies) {
      const proxy = await startHttpProxy(t, { reply });
      const transfer = { proxy: `http://127.0.0.1:${proxy.port}` };
      assert.equal(await greetingOf(`https://localhost:${port}/`, { transfer }), "hello", reply.slice(0, 40));
    }
  });
});

describe("the answer of an HTTP proxy", () => {
  for (const [bytes, expected] of [
    [65_536, "connected"],
    [65_537, "RECV_ERROR"],
  ] as const) {
    it(`is read up to its limit: ${bytes} bytes`, async (t) => {
      const { port } = await listen(t, hello, { tls: certificates().good });
      const frame = "HTTP/1.1 200 OK\r\nX: \r\n\r\n";
      const reply = frame.replace("X: ", `X: ${"y".repeat(bytes - frame.length)}`);
      const proxy = await startHttpProxy(t, { reply });
      const transfer = { proxy: `http://127.0.0.1:${proxy.port}` };
      assert.equal(await outcomeOf(`https://localhost:${port}/`, { transfer }), expected);
    });
  }
});

describe("a connection through an https proxy", () => {
  it("speaks TLS to the proxy, and TLS in TLS to the target", async (t) => {
    const before = openHandles();
    const server = await listen(t, hello, { tls: certificates().good });
    const proxy = await startHttpProxy(t, { tls: certificates().good });
    const transfer = { proxy: `https://u:p@127.0.0.1:${proxy.port}` };
    for (const host of ["localhost", "127.0.0.1", "a.wild.test"]) {
      assert.equal(await greetingOf(`https://${host}:${server.port}/`, { transfer }), "hello", host);
    }
    assert.equal(proxy.heads.length, 3);
    const plain = await listen(t, hello, { tls: certificates().good });
    const forwarded = { transfer: { proxy: `https://127.0.0.1:${plain.port}` } };
    assert.equal(await greetingOf("http://unknown.test/", forwarded), "hello");
    await Promise.all([server.allGone(), proxy.allGone(), plain.allGone()]);
    assert.deepEqual(await leftovers(before), []);
  });

  it("verifies the proxy whatever the transfer says of the target", async (t) => {
    const before = openHandles();
    const transfer = { tlsVerifyPeer: false, tlsVerifyHost: false };
    for (const kind of ["selfSigned", "wrongName", "expired"] as const) {
      const proxy = await startHttpProxy(t, { tls: certificates()[kind] });
      const changes = { ...transfer, proxy: `https://localhost:${proxy.port}` };
      for (const url of ["https://localhost:1/", "http://localhost:1/"]) {
        assert.equal(await outcomeOf(url, { transfer: changes }), "PEER_FAILED_VERIFICATION", kind);
      }
      await proxy.allGone();
    }
    assert.deepEqual(await leftovers(before), []);
  });

  it("closes everything when the inner TLS fails", async (t) => {
    const before = openHandles();
    const server = await listen(t, hello, { tls: certificates().wrongName });
    const proxy = await startHttpProxy(t, { tls: certificates().good });
    const transfer = { proxy: `https://127.0.0.1:${proxy.port}` };
    const outcome = await outcomeOf(`https://localhost:${server.port}/`, { transfer });
    assert.equal(outcome, "PEER_FAILED_VERIFICATION");
    await Promise.all([server.allGone(), proxy.allGone()]);
    assert.deepEqual(await leftovers(before), []);
  });

  it("shows the client's certificate to the target, and not to the proxy", async (t) => {
    const { client, intermediate, authority, good } = certificates();
    const { cert, key } = good;
    const tls = { cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: false };
    const nameOf = (socket: Socket): unknown => (socket as TLSSocket).getPeerCertificate().subject?.CN;
    const server = await listen(t, (socket) => socket.end(String(nameOf(socket))), { tls });
    const seen: unknown[] = [];
    const proxy = await startHttpProxy(t, { tls, onClient: (socket) => seen.push(nameOf(socket)) });
    const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
    const clientCertificate = {
      certificate: bytes(client.cert),
      privateKey: bytes(client.key),
      chain: [bytes(intermediate.cert)],
    };
    const transfer = { proxy: `https://127.0.0.1:${proxy.port}`, clientCertificate };
    assert.equal(await greetingOf(`https://localhost:${server.port}/`, { transfer }), "client");
    (await connectTo("http://localhost:1/", { transfer })).end();
    await proxy.allGone();
    assert.deepEqual(seen, [undefined, undefined]);
  });
});

describe("a bad HTTP proxy", () => {
  const replies: Record<string, string> = {
    refuses: "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\n\r\nnope",
    "wants a login": "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n\r\n",
    "cannot connect": "HTTP/1.1 502 Bad Gateway\r\n\r\n",
    redirects: "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/\r\n\r\n",
    "answers 100": "HTTP/1.1 100 Continue\r\n\r\n",
    "answers nonsense": "what?\r\n\r\n",
    "answers with another version": "HTTP/2 200 OK\r\n\r\n",
    "answers with two digits": "HTTP/1.1 20 OK\r\n\r\n",
    "answers with four digits": "HTTP/1.1 2000 OK\r\n\r\n",
    "answers with an empty line": "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
    "answers without an end": "x".repeat(100_000),
    "answers with too much": `HTTP/1.1 200 OK\r\n${`X: ${"y".repeat(1000)}\r\n`.repeat(100)}\r\n`,
  };
  const behaviours: Record<string, (socket: Socket) => unknown> = {
    ...Object.fromEntries(
      Object.entries(replies).map(([name, reply]) => [name, (socket: Socket) => socket.write(reply)]),
    ),
    drops: (socket) => socket.destroy(),
    resets: (socket) => socket.resetAndDestroy(),
    "closes after half an answer": (socket) => socket.end("HTTP/1.1 200 OK\r\nX: "),
  };

  for (const [name, behave] of Object.entries(behaviours)) {
    it(`is RECV_ERROR when it ${name}`, async (t) => {
      const before = openHandles();
      const proxy = await startHttpProxy(t, { behave });
      const transfer = { proxy: `http://127.0.0.1:${proxy.port}` };
      assert.equal(await outcomeOf("https://localhost:1/", { transfer }), "RECV_ERROR");
      await proxy.allGone();
      assert.deepEqual(await leftovers(before), []);
    });
  }

  it("has codes of its own when it cannot be reached", async (t) => {
    const port = await closedPort();
    const outcome = (proxy: string): Promise<string> => outcomeOf("http://h.test/", { transfer: { proxy } });
    assert.equal(await outcome("http://unknown.test"), "COULDNT_RESOLVE_PROXY");
    assert.equal(await outcome("socks5h://unknown.test"), "COULDNT_RESOLVE_PROXY");
    assert.equal(await outcome(`http://127.0.0.1:${port}`), "COULDNT_CONNECT");
    assert.equal(await outcome(`https://127.0.0.1:${port}`), "COULDNT_CONNECT");
    const plain = await listen(t, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert.equal(await outcome(`https://127.0.0.1:${plain.port}`), "SSL_CONNECT_ERROR");
  });

  it("is OPERATION_TIMEDOUT when it drips", async (t) => {
    const before = openHandles();
    const proxy = await startHttpProxy(t, {
      behave: (socket) => {
        const timer = setInterval(() => socket.write("H"), 10);
        socket.on("close", () => clearInterval(timer));
        silent(socket);
      },
    });
    const transfer = { proxy: `http://127.0.0.1:${proxy.port}` };
    const outcome = await outcomeOf("https://localhost:1/", { transfer, options: { timeoutMs: 200 } });
    assert.equal(outcome, "OPERATION_TIMEDOUT");
    await proxy.allGone();
    assert.deepEqual(await leftovers(before), []);
  });
});
