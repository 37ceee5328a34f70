import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { makeDestination } from "../../../host/network/route/destination.ts";
import { ProxyVariables } from "../../../host/network/route/proxy-variables.ts";
import { TlsPolicies } from "../../../host/network/route/tls.ts";
import type { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { testConnector } from "../../support/connecting.ts";
import { listen } from "../../support/listener.ts";
import { transferTo } from "../../support/transfers.ts";
import { trustTable } from "../../support/trust-table.ts";

describe("trust", () => {
  for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
    it(`goes by libcurl's rules over ${maxVersion}`, async (t) => {
      for (const { what, ca, cert, key, isTrusted } of trustTable()) {
        const { port } = await listen(t, () => {}, {
          tls: { cert, key, maxVersion, ciphers: "DEFAULT@SECLEVEL=0" },
        });
        const url = `https://localhost:${port}/`;
        const surroundings = { tlsPolicies: new TlsPolicies(ca), proxyVariables: new ProxyVariables({}) };
        const destination = makeDestination(parseUrl(url), transferTo(url), surroundings);
        const options = {
          timeoutMs: 20_000,
          signal: new AbortController().signal,
          policy: null,
          asker: null,
        };
        const outcome = await testConnector()
          .connect(destination, options)
          .then(
            (socket) => socket.destroy() && "trusted",
            ({ code }: TransferFailure) => code,
          );
        assert.equal(outcome, isTrusted ? "trusted" : "PEER_FAILED_VERIFICATION", what);
      }
    });
  }
});
