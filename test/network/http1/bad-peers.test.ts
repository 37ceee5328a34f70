import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { BAD_PEERS, type BadPeer, play } from "../../support/bad-peers.ts";
import { chunks, fileBody, plainOutcome, transferTo } from "../../support/transfers.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function* slowly(): AsyncGenerator<Uint8Array> {
  for (;;) {
    yield* chunks("some more");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe("a peer that", () => {
  let current: BadPeer = { sends: "", is: { code: "GOT_NOTHING" } };
  let base = "";
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    const played = current;
    socket.once("data", () => play(socket, played)).resume();
  });
  const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }]);

  before(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(async () => {
    await network.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  for (const [what, cases] of Object.entries(BAD_PEERS)) {
    for (const [how, one] of Object.entries(cases)) {
      it(`${what}, ${how}`, async () => {
        current = one;
        const body = one.changes?.method === "PUT" ? fileBody(slowly()) : null;
        const outcome = await network.perform(transferTo(base, { ...one.changes, body }));
        assert.deepEqual(plainOutcome(outcome), one.is);
        // A connection that failed is not used again.
        if ("code" in one.is) assert.equal(network.stats().t?.idle, 0);
        while (network.stats().t?.idle !== 0) {
          for (const socket of sockets.splice(0)) socket.destroy();
          await turn();
        }
      });
    }
  }
});
