import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NAMES_TABLE } from "../support/certificate-names.ts";
import type { TwinCall } from "../support/curl.ts";
import { listen } from "../support/listener.ts";
import { findPeers } from "../support/peer-servers.ts";
import { differences } from "../support/twins.ts";
import { issueCertificate } from "../support/x509.ts";

const ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

describe("curl and we agree", () => {
  it("whom a certificate is for", async (t) => {
    const issuer = findPeers().certificates.authority;
    const calls: TwinCall[] = [];
    for (const { what, certificate, is, isNot } of NAMES_TABLE) {
      // For names that end with a dot, curl asks the resolver, which may not know them.
      const hosts = [...is, ...isNot].filter((host) => !host.endsWith("."));
      const tls = issueCertificate({ issuer, ...certificate });
      // With IPv6 too, if the certificate is for such an address.
      const families = hosts.some((host) => host.startsWith("[")) ? ["127.0.0.1", "::1"] : ["127.0.0.1"];
      const [four, six] = await Promise.all(
        families.map((host) =>
          listen(t, (socket) => socket.on("data", () => socket.end(ANSWER)), { tls, host }),
        ),
      );
      for (const host of hosts) {
        const port = /^\[(?!::ffff)/.test(host) ? six?.port : four?.port;
        calls.push({ what, url: `https://${host}:${port}/`, options: { proxy: "" }, ends: true });
      }
    }
    assert.deepEqual(await differences(calls), []);
    t.diagnostic(`${calls.length} calls came out as curl's did`);
  });
});
