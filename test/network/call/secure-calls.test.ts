import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { afterEach, describe, it } from "node:test";
import { createServer, type Server, type TlsOptions } from "node:tls";
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

  it("does not go by the Host header for the name that is verified", async () => {
    const url = await start({});
    for (let index = 0; index < 3; index++) {
      const headers = [`Host: other-${index}.example`];
      assert.deepEqual(plainOutcome(await network.perform(transferTo(url, { headers }))), OUTCOME);
    }
    assert.equal(connections, 1);
  });
});
