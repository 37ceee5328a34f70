import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import diagnostics from "node:diagnostics_channel";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { createServer, type Server, type TlsOptions } from "node:tls";
import type { ConnectionOpen } from "../../../host/index.ts";
import { Network } from "../../../host/network/network.ts";
import { certificates } from "../../support/certificates.ts";
import { OK } from "../../support/scripted-server.ts";
import { plainOutcome, stringBody, transferTo } from "../../support/transfers.ts";

const OUTCOME = { status: 200, content: "ok" };

describe("a call over TLS", () => {
  let server: Server;
  let network: Network;
  let connections = 0;

  afterEach(async () => {
    await network.destroy();
    server.close();
  });

  async function start(options: TlsOptions): Promise<string> {
    const { good, authority } = certificates();
    connections = 0;
    server = createServer({ key: good.key, cert: good.cert, ca: authority.cert, ...options }, (socket) => {
      connections++;
      socket.on("error", () => {}).on("data", () => socket.write(OK.send ?? ""));
    });
    server.on("tlsClientError", () => {});
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: {}, ca: authority.cert });
    return `https://localhost:${(server.address() as AddressInfo).port}/`;
  }

  it("uses its connection again, but none of another policy", async () => {
    const url = await start({});
    const call = async (tlsVerifyHost: boolean) =>
      plainOutcome(await network.perform(transferTo(url, { tlsVerifyHost, body: stringBody("x") })));
    assert.deepEqual(await call(true), OUTCOME);
    assert.deepEqual(await call(true), OUTCOME);
    assert.equal(connections, 1);
    assert.deepEqual(await call(false), OUTCOME);
    assert.equal(connections, 2);
  });

  it("is told what the server thinks of a certificate that it does not show", async () => {
    const wanting = { requestCert: true, rejectUnauthorized: true };
    const table = [
      ["TLSv1.2", "SSL_CONNECT_ERROR"],
      ["TLSv1.3", "SEND_ERROR"],
    ] as const;
    for (const [version, code] of table) {
      const url = await start({ ...wanting, minVersion: version, maxVersion: version });
      assert.deepEqual(plainOutcome(await network.perform(transferTo(url))), { code }, version);
      await network.destroy();
      server.close();
    }
  });

  it("tells of its certificate, and whether it is trusted", async () => {
    const url = await start({ minVersion: "TLSv1.3" });
    const seen: ConnectionOpen[] = [];
    const listen = (message: unknown): void => void seen.push(message as ConnectionOpen);
    diagnostics.subscribe("http-background:connection:open", listen);
    await network.perform(transferTo(url));
    await network.destroy();
    network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: {} });
    await network.perform(transferTo(url, { tlsVerifyPeer: false }));
    diagnostics.unsubscribe("http-background:connection:open", listen);
    const [trusted, other] = seen.map(({ tls }) => tls ?? assert.fail());
    const { subject, issuer, validTo } = trusted ?? assert.fail();
    const shown = new X509Certificate(certificates().good.cert);
    assert.deepEqual(
      [`CN=${subject}`, `CN=${issuer}`, validTo],
      [shown.subject, shown.issuer, shown.validTo],
    );
    assert.equal(trusted?.version, "TLSv1.3");
    assert.match(trusted?.cipher ?? "", /^TLS_/);
    assert.deepEqual([trusted?.distrust, typeof other?.distrust], [null, "string"]);
  });

  it("does not go by the Host header for the name that is verified", async () => {
    const url = await start({});
    for (let index = 0; index < 3; index++) {
      const headers = [`Host: other-${index}.example`];
      assert.deepEqual(plainOutcome(await network.perform(transferTo(url, { headers }))), OUTCOME);
    }
    assert.equal(connections, 1);
  });
});
