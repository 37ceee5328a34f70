import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { checkIdentity } from "../../host/door/script-identities.ts";
import type { ClientCertificate } from "../../host/network/transfer/transfer.ts";

const certificateOf = (index: number): ClientCertificate => ({
  certificate: Buffer.from(`certificate ${index}`),
  privateKey: Buffer.from("a key"),
  chain: [],
});

describe("the client certificates of a run", () => {
  it("are at most 8, each as often as it likes, and another run has its own", () => {
    const run = {};
    for (let index = 0; index < 8; index++) checkIdentity(run, certificateOf(index));
    for (let index = 0; index < 8; index++) checkIdentity(run, certificateOf(index));
    checkIdentity(run, null);
    for (const index of [8, 9, 8]) {
      assert.throws(() => checkIdentity(run, certificateOf(index)), {
        name: "TransferFailure",
        code: "SSL_CERTPROBLEM",
      });
    }
    checkIdentity(run, certificateOf(0));
    checkIdentity({}, certificateOf(8));
  });
});
