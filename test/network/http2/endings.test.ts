import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isDeepStrictEqual } from "node:util";
import { Network } from "../../../host/network/network.ts";
import { certificates } from "../../support/certificates.ts";
import { startFrameServer } from "../../support/frame-server.ts";
import { ENDINGS } from "../../support/http2-endings.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

describe("an exchange over HTTP/2 ends", { concurrency: 8 }, () => {
  for (const { what, script, ours, or = ours, connections = 1 } of ENDINGS) {
    it(`with ${what}`, async (t) => {
      const server = await startFrameServer(t, script);
      const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], {
        env: {},
        ca: certificates().authority.cert,
      });
      t.after(() => network.destroy());
      const outcome = plainOutcome(await network.perform(transferTo(server.base, { timeout: 50 })));
      assert.deepEqual(outcome, isDeepStrictEqual(outcome, or) ? or : ours);
      assert.equal(server.accepted, connections);
    });
  }
});
