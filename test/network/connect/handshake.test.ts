import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import type { TLSSocket } from "node:tls";
import { certificates, type Issued } from "../../support/certificates.ts";
import { connectTo, greetingOf, outcomeOf } from "../../support/connecting.ts";
import { listen } from "../../support/listener.ts";

const OK = "connected";
const REFUSED = "PEER_FAILED_VERIFICATION";

// The four cases of libcurl for each certificate: with both flags, only the peer's, only the host's, and none.
const VERIFICATION: Record<"good" | "selfSigned" | "wrongName" | "expired", string[]> = {
  good: [OK, OK, OK, OK],
  selfSigned: [REFUSED, REFUSED, OK, OK],
  wrongName: [REFUSED, OK, REFUSED, OK],
  expired: [REFUSED, REFUSED, OK, OK],
};
const FLAGS = [
  { tlsVerifyPeer: true, tlsVerifyHost: true },
  { tlsVerifyPeer: true, tlsVerifyHost: false },
  { tlsVerifyPeer: false, tlsVerifyHost: true },
  { tlsVerifyPeer: false, tlsVerifyHost: false },
];

describe("startTls", () => {
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    for (const [kind, outcomes] of Object.entries(VERIFICATION)) {
      it(`verifies the peer and the host apart: ${kind} over ${maxVersion}`, async (t) => {
        const { cert, key } = certificates()[kind as keyof typeof VERIFICATION];
        const { port } = await listen(t, () => {}, { tls: { cert, key, maxVersion } });
        for (const [index, transfer] of FLAGS.entries()) {
          // Twice, because the second time a session could be resumed.
          for (const attempt of ["first", "second"]) {
            const outcome = await outcomeOf(`https://localhost:${port}/`, { transfer });
            assert.equal(outcome, outcomes[index], `${JSON.stringify(transfer)}, ${attempt}`);
          }
        }
      });
    }
  }

  for (const [exchange, expected] of [
    ["DHE", "SSL_CONNECT_ERROR"],
    ["ECDHE", OK],
  ] as const) {
    it(`lets no server choose the group of the key exchange: ${exchange} alone is ${expected}`, async (t) => {
      const issuer = certificates().authority;
      const { cert, key } = certificates().issue({ names: ["DNS:localhost"], keyType: "rsa-2048", issuer });
      const ciphers = `${exchange}-RSA-AES128-GCM-SHA256`;
      const tls = { cert, key, ciphers, dhparam: "auto", maxVersion: "TLSv1.2" } as const;
      const { port } = await listen(t, () => {}, { tls });
      assert.equal(await outcomeOf(`https://localhost:${port}/`), expected);
    });
  }

  for (const [group, expected] of [
    ["ffdhe8192", "SSL_CONNECT_ERROR"],
    ["ffdhe4096", "SSL_CONNECT_ERROR"],
    ["ffdhe2048", OK],
    ["P-521", OK],
    ["X448", OK],
  ] as const) {
    it(`offers no group that takes long: ${group} alone is ${expected}`, async (t) => {
      const { cert, key } = certificates().good;
      const tls = { cert, key, ecdhCurve: group, minVersion: "TLSv1.3" } as const;
      const { port } = await listen(t, () => {}, { tls });
      assert.equal(await outcomeOf(`https://localhost:${port}/`), expected);
    });
  }

  it("checks addresses and wildcards against the alternative names", async (t) => {
    const { port } = await listen(t, () => {}, { tls: certificates().good });
    assert.equal(await outcomeOf(`https://127.0.0.1:${port}/`), OK);
    assert.equal(await outcomeOf(`https://2130706433:${port}/`), OK);
    assert.equal(await outcomeOf(`https://A.Wild.test.:${port}/`), OK);
    assert.equal(await outcomeOf(`https://good.test:${port}/`), REFUSED);
    const six = await listen(t, () => {}, { tls: certificates().good, host: "::1" });
    assert.equal(await outcomeOf(`https://[0::1]:${six.port}/`), OK);
  });

  it("takes the common name where there is no other name", async (t) => {
    const { port } = await listen(t, () => {}, { tls: certificates().commonName });
    assert.equal(await outcomeOf(`https://127.0.0.1:${port}/`), OK);
    assert.equal(await outcomeOf(`https://good.test:${port}/`), REFUSED);
  });

  it("is stricter than Node about names, whether or not the peer is verified", async (t) => {
    const rows = [
      { commonNames: ["ok.localhost"], names: ["IP:127.0.0.9"] },
      { names: ["DNS:o*.localhost", "DNS:*k.localhost", "DNS:*.localhost"] },
      { commonNames: ["ok.localhost", "other.localhost"] },
    ];
    for (const wanted of rows) {
      const tls = certificates().issue({ issuer: certificates().authority, ...wanted });
      const { port } = await listen(t, () => {}, { tls });
      for (const transfer of FLAGS) {
        const outcome = await outcomeOf(`https://ok.localhost:${port}/`, { transfer });
        assert.equal(outcome, transfer.tlsVerifyHost ? REFUSED : OK, JSON.stringify({ wanted, transfer }));
      }
    }
  });

  it("announces the name of the URL, without its dot, and no address", async (t) => {
    const { port } = await listen(t, (socket) => socket.end(String((socket as TLSSocket).servername)), {
      tls: certificates().good,
    });
    const announced = (host: string): Promise<string> =>
      greetingOf(`https://${host}:${port}/`, { transfer: { tlsVerifyHost: false } });
    assert.equal(await announced("GOOD.test."), "good.test");
    assert.equal(await announced("127.0.0.1"), "false");
  });

  it("offers HTTP/1.1 by ALPN", async (t) => {
    const { port } = await listen(t, () => {}, {
      tls: { ...certificates().good, ALPNProtocols: ["http/1.1"] },
    });
    const socket = (await connectTo(`https://localhost:${port}/`)) as TLSSocket;
    assert.equal(socket.alpnProtocol, "http/1.1");
    socket.destroy();
  });

  it("never resumes a session", async (t) => {
    const tell = (socket: Socket): unknown => socket.end(String((socket as TLSSocket).isSessionReused()));
    const { port } = await listen(t, tell, { tls: { ...certificates().good, maxVersion: "TLSv1.2" } });
    for (let index = 0; index < 3; index++) {
      assert.equal(await greetingOf(`https://localhost:${port}/`), "false");
    }
  });

  it("is SSL_CONNECT_ERROR for whatever else goes wrong in the handshake", async (t) => {
    const peers: Record<string, (socket: Socket) => void> = {
      "speaks HTTP": (socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"),
      "closes at once": (socket) => socket.end(),
      "resets after the hello": (socket) => socket.once("data", () => socket.resetAndDestroy()),
      "closes after the hello": (socket) => socket.once("data", () => socket.destroy()),
      "sends an alert": (socket) => socket.end(Buffer.from("15030100020228", "hex")),
      "sends garbage": (socket) => socket.end(Buffer.alloc(2000, 0x16)),
    };
    for (const [name, behave] of Object.entries(peers)) {
      const { port } = await listen(t, behave);
      assert.equal(await outcomeOf(`https://127.0.0.1:${port}/`), "SSL_CONNECT_ERROR", name);
    }
    const { port } = await listen(t, () => {}, { tls: { ...certificates().good, maxVersion: "TLSv1.1" } });
    assert.equal(await outcomeOf(`https://127.0.0.1:${port}/`), "SSL_CONNECT_ERROR", "speaks TLS 1.1");
  });
});

/** A server that asks for a certificate of the tests' authority, and the result of connecting to it. */
function asking({ cert, key }: Issued, requireIt: boolean) {
  const ca = [certificates().authority.cert];
  return { cert, key, ca, requestCert: true, rejectUnauthorized: requireIt };
}

describe("the client's certificate", () => {
  it("is shown with its chain, and only by the transfer that has it", async (t) => {
    const { client, intermediate, good } = certificates();
    const greet = (socket: Socket): void => {
      const { authorized } = socket as TLSSocket;
      socket.end(authorized ? String((socket as TLSSocket).getPeerCertificate().subject.CN) : "nobody");
    };
    const { port } = await listen(t, greet, { tls: asking(good, false) });
    const url = `https://localhost:${port}/`;
    const pem = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
    const clientCertificate = {
      certificate: pem(client.cert),
      privateKey: pem(client.key),
      chain: [pem(intermediate.cert)],
    };
    assert.equal(await greetingOf(url, { transfer: { clientCertificate } }), "client");
    assert.equal(await greetingOf(url), "nobody");
    // Without the chain, the server cannot verify it.
    const alone = { ...clientCertificate, chain: [] };
    assert.equal(await greetingOf(url, { transfer: { clientCertificate: alone } }), "nobody");
  });

  it("is missed by TLS 1.2 servers in the handshake", async (t) => {
    const { port } = await listen(t, () => {}, {
      tls: { ...asking(certificates().good, true), maxVersion: "TLSv1.2" },
    });
    assert.equal(await outcomeOf(`https://localhost:${port}/`), "SSL_CONNECT_ERROR");
  });
});
