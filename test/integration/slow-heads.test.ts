import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { Network } from "../../host/network/network.ts";
import { leftovers, openHandles } from "../support/handles.ts";
import { type Listener, listen } from "../support/listener.ts";
import { startScriptedServer } from "../support/scripted-server.ts";
import { plainOutcome, transferTo } from "../support/transfers.ts";

const CONNECTIONS = 300;
const START = "HTTP/1.1 200 OK\r\n";
/** What comes for ever, a byte at a time: the name of a header, and headers of which each is whole. */
const HEADS = { "a header that never ends": "x", "headers that never end": "a:\r\n" };

interface SlowServer extends Listener {
  /** Resolves when so many connections have come as the test makes. */
  allCame: Promise<void>;
}

/** Sends the start of a head to whoever connects, and then a byte of `unit` now and then, for ever. */
async function startSlow(t: TestContext, unit: string): Promise<SlowServer> {
  let onAll = (): void => {};
  const allCame = new Promise<void>((resolve) => {
    onAll = resolve;
  });
  let count = 0;
  const listener = await listen(t, (socket) => {
    if (++count === CONNECTIONS) onAll();
    socket.setNoDelay(true);
    socket.write(START);
    socket.resume();
    let sent = 0;
    const timer = setInterval(() => socket.write(unit[sent++ % unit.length] as string), 20);
    socket.on("close", () => clearInterval(timer));
  });
  return Object.assign(listener, { allCame });
}

describe("heads that come a byte at a time, for ever", () => {
  for (const [what, unit] of Object.entries(HEADS)) {
    it(`hold up no other host, and end with their time: ${what}`, async (t) => {
      const before = openHandles();
      const slow = await startSlow(t, unit);
      const good = await startScriptedServer([]);
      const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { env: {} });
      t.after(async () => {
        await network.destroy();
        await good.close();
      });
      const call = (port: number, timeoutMs: number) =>
        network.perform(transferTo(`http://127.0.0.1:${port}/`), { timeoutMs });

      const controller = new AbortController();
      const { signal } = controller;
      const endless = Array.from({ length: CONNECTIONS }, () =>
        network.perform(transferTo(`http://127.0.0.1:${slow.port}/`), { signal }),
      );
      await slow.allCame;
      assert.deepEqual(plainOutcome(await call(slow.port, 500)), { code: "OPERATION_TIMEDOUT" });
      assert.deepEqual(plainOutcome(await call(good.port, 30_000)), { status: 200, content: "ok" });
      assert.equal(network.stats().t?.active, CONNECTIONS);

      controller.abort();
      for (const outcome of await Promise.all(endless)) {
        assert.deepEqual(plainOutcome(outcome), { code: "ABORTED_BY_CALLBACK" });
      }
      assert.equal(network.stats().t?.active, 0);
      await slow.allGone();
      await network.destroy();
      await good.close();
      assert.deepEqual(await leftovers(before), []);
    });
  }
});
