import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ConnectError } from "../../../host/network/connect/connect-error.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { fullBacklog } from "../../support/black-hole.ts";
import { certificates } from "../../support/certificates.ts";
import { type Connecting, connectTo } from "../../support/connecting.ts";
import { startHttpProxy } from "../../support/http-proxy.ts";
import { closedPort, listen } from "../../support/listener.ts";

/** The failure of a connection that cannot be made. */
async function failureOf(url: string, connecting: Connecting = {}) {
  try {
    (await connectTo(url, connecting)).destroy();
  } catch (error) {
    assert.ok(error instanceof TransferFailure);
    const { cause } = error;
    assert.ok(cause instanceof ConnectError, String(cause));
    const { code, syscall, host, port, address, message } = cause;
    return { failure: error.code, code, syscall, host, port, address, message };
  }
  return assert.fail("it is connected");
}

describe("why a connection cannot be made", () => {
  it("is said of a certificate: which rule it breaks, and at which address", async (t) => {
    const { selfSigned, expired, wrongName } = certificates();
    const issuer = { issuer: certificates().intermediate, names: ["DNS:localhost"] };
    const table = {
      DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
      CERT_HAS_EXPIRED: expired,
      ERR_TLS_CERT_ALTNAME_INVALID: wrongName,
      UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificates().issue(issuer),
      CERT_NOT_YET_VALID: certificates().issue({
        ...issuer,
        issuer: certificates().authority,
        from: new Date(Date.now() + 86_400_000),
      }),
    };
    for (const [code, tls] of Object.entries(table)) {
      const { port } = await listen(t, () => {}, { tls });
      const { message, ...said } = await failureOf(`https://localhost:${port}/`);
      const where = { syscall: undefined, host: "localhost", port, address: "127.0.0.1" };
      assert.deepEqual(said, { failure: "PEER_FAILED_VERIFICATION", code, ...where });
      assert.ok(message.startsWith(`TLS with localhost:${port} at 127.0.0.1: `), message);
    }
  });

  it("is said of a name of another host: which ones the certificate has, cut where they are many", async (t) => {
    const names = Array.from({ length: 100 }, (_, index) => `DNS:${index}.test`);
    const tls = certificates().issue({ issuer: certificates().authority, names });
    const { port } = await listen(t, () => {}, { tls });
    const { message } = await failureOf(`https://localhost:${port}/`);
    assert.match(message, /The certificate is not for localhost, but for DNS:0\.test, DNS:1\.test/);
    assert.ok(message.length < 500);
  });

  it("is said of what the system says: its code, its call and the address", async () => {
    const port = await closedPort();
    const { message, ...said } = await failureOf(`http://good.test:${port}/`);
    const where = { host: "good.test", port, address: "127.0.0.1" };
    assert.deepEqual(said, {
      failure: "COULDNT_CONNECT",
      code: "ECONNREFUSED",
      syscall: "connect",
      ...where,
    });
    assert.ok(message.startsWith(`connecting to good.test:${port}: `), message);
  });

  it("is said of names and of TLS that is none", async (t) => {
    const { failure, host, message } = await failureOf("http://unknown.test/");
    assert.deepEqual([failure, host], ["COULDNT_RESOLVE_HOST", "unknown.test"]);
    assert.equal(message, "looking up unknown.test:80: there is no such name (ENOTFOUND, DNS server a test)");
    const { port } = await listen(t, (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    const said = await failureOf(`https://[::ffff:127.0.0.1]:${port}/`);
    assert.equal(said.failure, "SSL_CONNECT_ERROR");
    assert.match(said.code, /^ERR_SSL_/);
  });

  it("is said of a proxy, which is named without its credentials", async (t) => {
    const refusing = await startHttpProxy(t, { behave: (socket) => socket.end("HTTP/1.1 403 No\r\n\r\n") });
    const through = (proxy: string): Connecting => ({ transfer: { proxy } });
    const refused = await failureOf("https://a.test/", through(`http://u:secret@127.0.0.1:${refusing.port}`));
    assert.deepEqual(
      [refused.failure, refused.code, refused.host, refused.port],
      ["RECV_ERROR", "RECV_ERROR", "127.0.0.1", refusing.port],
    );
    assert.equal(
      refused.message,
      `asking the proxy 127.0.0.1:${refusing.port}: The proxy answered HTTP/1.1 403 No`,
    );
    const expired = await startHttpProxy(t, { tls: certificates().expired });
    const bad = await failureOf("https://a.test/", through(`https://localhost:${expired.port}`));
    assert.deepEqual(
      [bad.failure, bad.code, bad.port],
      ["PEER_FAILED_VERIFICATION", "CERT_HAS_EXPIRED", expired.port],
    );
    const good = await startHttpProxy(t);
    const server = await listen(t, () => {}, { tls: certificates().expired });
    const behind = await failureOf(
      `https://localhost:${server.port}/`,
      through(`http://127.0.0.1:${good.port}`),
    );
    assert.deepEqual(
      [behind.code, behind.port, behind.address],
      ["CERT_HAS_EXPIRED", server.port, undefined],
    );
    const none = await failureOf("http://a.test/", through("http://unknown.test:1"));
    assert.deepEqual([none.failure, none.host], ["COULDNT_RESOLVE_PROXY", "unknown.test"]);
  });

  it("is said of what takes too long: which step it was", async (t) => {
    const hole = await fullBacklog(t);
    const late = await failureOf(`http://${hole.address}:${hole.port}/`, { options: { timeoutMs: 50 } });
    assert.equal(late.failure, "OPERATION_TIMEDOUT");
    assert.match(late.message, /^connecting to .*: Timeout was reached$/);
    const silent = await listen(t, (socket) => socket.resume());
    const stuck = await failureOf(`https://127.0.0.1:${silent.port}/`, { options: { timeoutMs: 50 } });
    assert.match(stuck.message, /^TLS with 127\.0\.0\.1:\d+: Timeout was reached$/);
  });
});
