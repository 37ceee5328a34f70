import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Connect } from "../../../host/network/connect/connect-options.ts";
import { Connector } from "../../../host/network/connect/connector.ts";
import { Names } from "../../../host/network/names/names.ts";
import { Network } from "../../../host/network/network.ts";
import { OK, startScriptedServer } from "../../support/scripted-server.ts";
import { plainOutcome, transferTo } from "../../support/transfers.ts";

const HOSTS = 20;
/** Maximum number of collections, with turns of the event loop between them. */
const PATIENCE = 50;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

describe("a connection that is closed", () => {
  it("leaves nothing in memory, neither itself nor where it led", async (t) => {
    const server = await startScriptedServer([], { otherwise: { ...OK, end: true } });
    const refs: WeakRef<object>[] = [];
    const connector = new Connector(new Names());
    const connect: Connect = async (destination, options) => {
      const socket = await connector.connect({ ...destination, hostname: "127.0.0.1" }, options);
      refs.push(new WeakRef(destination), new WeakRef(socket));
      return socket;
    };
    const network = new Network([{ id: "t", maxTotal: 0, maxHost: 0 }], { connect, env: {} });
    t.after(async () => {
      await network.destroy();
      await server.close();
    });
    // The last URLs stay in memory, but not such long ones.
    const path = "x".repeat(2000);
    for (let host = 0; host < HOSTS; host++) {
      const outcome = await network.perform(transferTo(`http://host-${host}.test:${server.port}/${path}`));
      assert.deepEqual(plainOutcome(outcome), { status: 200, content: "ok" });
    }
    const alive = (): number => refs.filter((ref) => ref.deref() !== undefined).length;
    for (let i = 0; i < PATIENCE && alive() > 0; i++) {
      // The target of a WeakRef that was read in this turn stays until the next turn.
      await setImmediate();
      collect();
    }
    assert.deepEqual([refs.length, alive()], [2 * HOSTS, 0]);
  });
});
