import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { HttpBackgroundError } from "../../../host/api/errors.ts";
import { TlsPolicies } from "../../../host/network/route/tls.ts";
import type { ClientCertificate } from "../../../host/network/transfer/transfer.ts";
import { certificates } from "../../support/certificates.ts";

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

function clientCertificate(changes: Partial<ClientCertificate> = {}): ClientCertificate {
  const { client } = certificates();
  return { certificate: bytes(client.cert), privateKey: bytes(client.key), chain: [], ...changes };
}

const VERIFIED = { verifyPeer: true, verifyHost: true, clientCertificate: null };

describe("TlsPolicies", () => {
  it("builds one context for each distinct policy", () => {
    const policies = new TlsPolicies(certificates().authority.cert);
    const first = policies.get(VERIFIED);
    assert.equal(policies.get(VERIFIED).context, first.context);
    assert.equal(policies.get(VERIFIED).key, first.key);
    const identified = policies.get({ ...VERIFIED, clientCertificate: clientCertificate() });
    assert.equal(
      policies.get({ ...VERIFIED, clientCertificate: clientCertificate() }).context,
      identified.context,
    );
    assert.notEqual(identified.context, first.context);
  });

  it("tells policies apart by both flags, the certificate, the chain and the authorities", () => {
    const { authority, selfSigned, intermediate } = certificates();
    const policies = new TlsPolicies(authority.cert);
    const others = new TlsPolicies([authority.cert, selfSigned.cert]);
    const chain = [bytes(intermediate.cert)];
    const keys = [
      policies.get(VERIFIED),
      policies.get({ ...VERIFIED, verifyHost: false }),
      policies.get({ ...VERIFIED, verifyPeer: false }),
      policies.get({ verifyPeer: false, verifyHost: false, clientCertificate: null }),
      policies.get({ ...VERIFIED, clientCertificate: clientCertificate() }),
      policies.get({ ...VERIFIED, clientCertificate: clientCertificate({ chain }) }),
      others.get(VERIFIED),
      new TlsPolicies().get(VERIFIED),
    ].map(({ key }) => key);
    assert.equal(new Set(keys).size, keys.length);
  });

  it("reads certificates and keys in every form they come in", () => {
    const { client, intermediate } = certificates();
    const policies = new TlsPolicies(certificates().authority.cert);
    const der = createPrivateKey(client.key).export({ type: "pkcs8", format: "der" });
    const forms: Partial<ClientCertificate>[] = [
      { certificate: new X509Certificate(client.cert), chain: [new X509Certificate(intermediate.cert)] },
      { privateKey: new Uint8Array(der) },
      { privateKey: bytes(`A comment\n${client.key}`) },
    ];
    for (const form of forms) policies.get({ ...VERIFIED, clientCertificate: clientCertificate(form) });
  });

  it("refuses what is no certificate, no key, or the key of another one", () => {
    const { authority, client } = certificates();
    const policies = new TlsPolicies(authority.cert);
    const broken = client.cert.replace(/[A-Za-z0-9]{20}/, "AAAA");
    const wrong: [Partial<ClientCertificate>, string][] = [
      [{ certificate: bytes("nonsense") }, "SSL_CERTPROBLEM"],
      [{ certificate: bytes(broken) }, "SSL_CERTPROBLEM"],
      [{ certificate: new Uint8Array() }, "SSL_CERTPROBLEM"],
      [{ privateKey: bytes("nonsense") }, "SSL_CERTPROBLEM"],
      [{ privateKey: bytes(client.cert) }, "SSL_CERTPROBLEM"],
      [{ privateKey: new Uint8Array() }, "SSL_CERTPROBLEM"],
      [{ chain: [bytes(client.cert), bytes("nonsense")] }, "SSL_CERTPROBLEM"],
      [{ privateKey: bytes(authority.key) }, "ABORTED_BY_CALLBACK"],
    ];
    for (const [change, code] of wrong) {
      const attempt = (): unknown =>
        policies.get({ ...VERIFIED, clientCertificate: clientCertificate(change) });
      assert.throws(attempt, { name: "TransferFailure", code }, JSON.stringify(change));
    }
  });

  it("refuses a key of the client that is too weak, as libcurl does with Debian's OpenSSL", () => {
    const policies = new TlsPolicies(certificates().authority.cert);
    for (const [keyType, isRefused] of [
      ["rsa-2047", true],
      ["rsa-2048", false],
    ] as const) {
      const { cert, key } = certificates().issue({ keyType });
      const weak = { certificate: bytes(cert), privateKey: bytes(key), chain: [] };
      const attempt = (): unknown => policies.get({ ...VERIFIED, clientCertificate: weak });
      if (isRefused) assert.throws(attempt, { name: "TransferFailure", code: "SSL_CERTPROBLEM" });
      else attempt();
    }
  });

  it("refuses more of a client's certificate than servers accept", () => {
    const { client, intermediate } = certificates();
    const filled = (size: number): Uint8Array => bytes(client.cert.padEnd(size, "\n"));
    const chainOf = (length: number): Uint8Array[] => Array(length).fill(bytes(intermediate.cert));
    const policies = new TlsPolicies(certificates().authority.cert);
    const get = (changes: Partial<ClientCertificate>): unknown =>
      policies.get({ ...VERIFIED, clientCertificate: clientCertificate(changes) });
    const limits: [most: Partial<ClientCertificate>, more: Partial<ClientCertificate>][] = [
      [{ chain: chainOf(32) }, { chain: chainOf(33) }],
      [{ certificate: filled(65_536) }, { certificate: filled(65_537) }],
      [{ chain: [filled(65_536)] }, { chain: [filled(65_537)] }],
      [
        { certificate: filled(65_536), chain: [filled(65_536), filled(18_928)] },
        { certificate: filled(65_536), chain: [filled(65_536), filled(18_929)] },
      ],
    ];
    for (const [most, more] of limits) {
      get(most);
      assert.throws(() => get(more), { name: "TransferFailure", code: "SSL_CERTPROBLEM" });
    }
  });

  it("takes authorities as text, bytes and lists, and refuses what is none before anything starts", () => {
    const { authority, selfSigned } = certificates();
    const both = `# a comment\n${authority.cert}\n${selfSigned.cert}`;
    for (const ca of [both, bytes(both), [authority.cert, bytes(selfSigned.cert)]]) new TlsPolicies(ca);
    for (const ca of [
      "",
      "nonsense",
      [],
      [authority.cert, "nonsense"],
      authority.cert.replace("MII", "!!!"),
    ]) {
      assert.throws(() => new TlsPolicies(ca), HttpBackgroundError);
      assert.throws(() => new TlsPolicies(ca), { code: "BAD_CONFIG", option: "ca" });
    }
  });

  it("keeps the contexts of 32 certificates of clients, and those of calls without one", async () => {
    const policies = new TlsPolicies(certificates().authority.cert);
    const identified = (index: number): Promise<unknown> => {
      // With a comment in the PEM, it has another key, although it is the same certificate.
      const certificate = bytes(`${index}\n${certificates().client.cert}`);
      return policies.get({ ...VERIFIED, clientCertificate: clientCertificate({ certificate }) }).context;
    };
    const anonymous = policies.get(VERIFIED).context;
    const [first, second] = [identified(0), identified(1)];
    for (let index = 2; index < 32; index++) void identified(index);
    assert.equal(identified(0), first);
    void identified(32);
    assert.equal(identified(0), first);
    assert.notEqual(identified(1), second);
    assert.equal(policies.get(VERIFIED).context, anonymous);
    await identified(1);
  });

  it("reads authorities a few in each turn, one context after the other, and first those of no client", async () => {
    const policies = new TlsPolicies(Array(100).fill(certificates().authority.cert));
    const order: string[] = [];
    const note = (name: string, certificate: ClientCertificate | null): unknown =>
      policies.get({ ...VERIFIED, clientCertificate: certificate }).context.then(() => order.push(name));
    const named = ["first", "second"].map((name) =>
      note(name, clientCertificate({ certificate: bytes(`${name}\n${certificates().client.cert}`) })),
    );
    const all = [...named, note("anonymous", null)];
    for (let turn = 0; turn < 6; turn++) await setImmediate();
    assert.deepEqual(order, []);
    await setImmediate();
    assert.deepEqual(order, ["anonymous"]);
    await Promise.all(all);
    assert.deepEqual(order, ["anonymous", "first", "second"]);
  });
});
