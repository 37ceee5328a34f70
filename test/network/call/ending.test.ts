import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, before, describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import type { Outcome, Transfer } from "../../../host/network/transfer/transfer.ts";
import { OK, type ScriptedServer, startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const WHOSE = new AsyncLocalStorage<string>();
const ABORTED = { code: "ABORTED_BY_CALLBACK" };

/** How a call ended, and in whose context. */
interface Ending {
  readonly outcome: unknown;
  readonly whose: string | undefined;
}

describe("a call", () => {
  let server: ScriptedServer;
  let network: Network;

  before(async () => {
    server = await startScriptedServer([{ ...OK, delay_ms: 20 }, OK]);
    network = new Network([{ id: "t", maxTotal: 1, maxHost: 0 }]);
  });
  after(async () => {
    await network.close();
    await server.close();
  });

  /** Starts a call in the context `who`. `endings` has how it ended, each time. */
  function start(
    who: string,
    transfer: Transfer,
    signal?: AbortSignal,
  ): { endings: Ending[]; end: Promise<void> } {
    const endings: Ending[] = [];
    const end = new Promise<void>((resolve) => {
      const onEnd = (outcome: Outcome): void => {
        endings.push({ outcome: plainOutcome(outcome), whose: WHOSE.getStore() });
        resolve();
      };
      WHOSE.run(who, () => network.start(transfer, { signal }, { onEnd }));
    });
    return { endings, end };
  }

  it("ends once, in the context of its caller, whoever had the connection before", async () => {
    const calls = ["A", "B"].map((who) => start(who, transferTo(server.base)));
    await Promise.all(calls.map(({ end }) => end));
    for (const [index, { endings }] of calls.entries()) {
      assert.deepEqual(endings, [{ outcome: { status: 200, content: "ok" }, whose: "AB"[index] }]);
    }
  });

  it("ends in the context of its caller, whoever aborts it", async () => {
    const controller = new AbortController();
    const { endings } = start("A", transferTo(server.base), controller.signal);
    assert.deepEqual(endings, []);
    WHOSE.run("B", () => controller.abort());
    assert.deepEqual(endings, [{ outcome: ABORTED, whose: "A" }]);
  });

  it("ends before start returns if there is nothing to wait for", () => {
    const { endings } = start("A", transferTo("a b"));
    assert.deepEqual(
      endings.map(({ whose }) => whose),
      ["A"],
    );
    const { endings: nowhere } = start("A", { ...transferTo(server.base), thread: "none" });
    assert.equal(nowhere.length, 1);
  });
});
