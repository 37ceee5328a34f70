import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { it } from "node:test";
import type { ExchangeOwner } from "../../../host/network/exchange/exchange.ts";
import { Connection } from "../../../host/network/http1/connection.ts";
import { Exchange } from "../../../host/network/http1/exchange.ts";
import { destinationOf } from "../../support/destination.ts";
import { startScriptedServer } from "../../support/scripted-server.ts";

const GET = { method: "GET", target: "/", headers: [] };

it("a connection knows of each request whether it was answered, also where the peer is gone before it is written", async () => {
  const server = await startScriptedServer();
  try {
    const socket = connect(server.port, "127.0.0.1");
    await once(socket, "connect");
    const connection = new Connection(destinationOf(server.base), socket, { onClosed() {}, onCapacity() {} });
    const ended = (): Promise<string> =>
      new Promise((resolve) => {
        const owner: ExchangeOwner = {
          maxFileSize: 0,
          isRedirect: () => false,
          onHead: () => true,
          onStart: () => null,
          onContent: () => true,
          onResponse: () => resolve("response"),
          onFailure: () => resolve("failure"),
        };
        new Exchange(owner, connection).send({ head: GET, body: null });
      });

    assert.equal(await ended(), "response");
    assert.equal(connection.isAnswered, true);
    const second = ended();
    socket.push(null);
    assert.equal(await second, "failure");
    assert.equal(connection.isAnswered, false);
    connection.destroy();
  } finally {
    await server.close();
  }
});
