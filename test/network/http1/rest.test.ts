import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Network } from "../../../host/network/network.ts";
import { listen } from "../../support/listener.ts";
import { fileBody, plainOutcome, transferTo } from "../../support/transfers.ts";

/** So many turns of the event loop are enough to read an answer. */
const TURNS = 50;

/** The body, as it is sent before the answer, and behind it. */
const [BEGINNING, REST] = ["\r\n\r\n1\r\n1", "\r\n1\r\n2\r\n0\r\n\r\n"];

/** A body of two bytes, of which the second one waits. */
function gatedBody() {
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => (go = resolve));
  async function* source(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("1");
    await gate;
    yield Buffer.from("2");
  }
  return { body: fileBody(source()), go };
}

describe("an answer over HTTP/1.1 that comes before the whole request is sent", () => {
  for (const [status, isWanted] of [
    [200, true],
    [299, true],
    [300, false],
    [413, false],
  ] as const) {
    it(`is followed by ${isWanted ? "the rest of the request" : "the end of the connection"}: ${status}`, async (t) => {
      let received = "";
      let onAnswer = (): void => {};
      const answered = new Promise<void>((resolve) => (onAnswer = resolve));
      const answer = `HTTP/1.1 ${status} X\r\nContent-Length: 2\r\n\r\nok`;
      const server = await listen(t, (socket) => {
        socket.on("data", (chunk) => {
          received += String(chunk);
          if (received.endsWith(BEGINNING)) socket.write(answer, onAnswer);
          else if (received.includes(`${REST}GET `) && received.endsWith("\r\n\r\n")) socket.write(answer);
        });
      });
      const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: {} });
      t.after(() => network.destroy());
      const { body, go } = gatedBody();
      let isOver = false;
      const url = `http://127.0.0.1:${server.port}/`;
      const first = network.perform(transferTo(url, { body })).finally(() => (isOver = true));
      await answered;
      for (let turn = 0; turn < TURNS; turn++) await setImmediate();
      if (isWanted) assert.equal(isOver, false);
      else await server.allGone();
      go();
      assert.deepEqual(plainOutcome(await first), { status, content: "ok" });
      if (!isWanted) return assert.ok(received.endsWith(BEGINNING), received);
      assert.deepEqual(plainOutcome(await network.perform(transferTo(url))), { status, content: "ok" });
      assert.ok(received.includes(`${BEGINNING}${REST}GET `), received);
      assert.equal(server.accepted, 1);
    });
  }
});
