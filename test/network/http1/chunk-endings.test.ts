import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { listen } from "../../support/listener.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const HEAD = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n";

/** What comes last before the connection ends, and whether curl takes the response for complete. */
const ENDS: Record<string, boolean> = {
  "0\r\n\r\n": true,
  "0\r\n\r": true,
  "0\n\r": true,
  "0\r\nA: b\r\n\r": true,
  "0\r\nA: b\r\n": false,
  "0\r\nA: b\r": false,
  "0\r\n": false,
  "0\r": false,
  "0": false,
};

describe("a response in chunks that ends with its connection", () => {
  for (const [end, isComplete] of Object.entries(ENDS)) {
    it(`is ${isComplete ? "" : "not "}complete after ${JSON.stringify(end)}`, async (t) => {
      // In one piece, and in two.
      for (const cut of [0, 1]) {
        const server = await listen(t, (socket) => {
          socket.setNoDelay(true);
          socket.once("data", () => {
            const last = HEAD + end;
            socket.write(last.slice(0, last.length - cut));
            setImmediate(() => socket.end(last.slice(last.length - cut)));
          });
        });
        const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: {} });
        t.after(() => network.destroy());
        const url = `http://127.0.0.1:${server.port}/`;
        const outcome = plainOutcome(await network.perform(transferTo(url, { timeout: 5 })));
        assert.deepEqual(outcome, isComplete ? { status: 200, content: "ok" } : { code: "PARTIAL_FILE" });
        await server.allGone();
      }
    });
  }
});
