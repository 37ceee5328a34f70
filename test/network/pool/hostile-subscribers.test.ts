import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Network } from "../../../host/network/network.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import type { Outcome } from "../../../host/network/transfer/transfer.ts";
import { Random } from "../../hostile/random.ts";
import { CountedConnect } from "../../support/counted-connect.ts";
import { subscribeToAll, UncaughtErrors } from "../../support/hostile-subscribers.ts";
import {
  OK,
  type ScriptedServer,
  type ServerEntry,
  startScriptedServer,
} from "../../support/scripted-server.ts";
import { chunks, fileBody, transferTo } from "../../support/transfers.ts";

const THROWN = new Error("thrown by a subscriber");
const CALLS = 400;
/** Subscribers may make the same number of calls. */
const MOST_CALLS = 2 * CALLS;

/** Calls of one network. Its subscribers do random harmful things. */
class Uproar {
  readonly connections = new CountedConnect();
  readonly network: Network;
  readonly outcomes: Promise<Outcome>[] = [];
  readonly ends = new Map<number, number>();
  /** Set when a subscriber has closed or destroyed the network. */
  closing: Promise<void> | null = null;
  readonly #random: Random;
  readonly #servers: readonly ScriptedServer[];
  readonly #controllers: AbortController[] = [];
  readonly #closesItself: boolean;

  constructor(
    random: Random,
    servers: readonly ScriptedServer[],
    options: { maxHost: number; maxTotal: number; closesItself: boolean },
  ) {
    const policy = createPolicy({ block: ["denied.localhost"] }, { audience: "application" });
    const { maxHost, maxTotal, closesItself } = options;
    const { connect } = this.connections;
    this.network = new Network([{ id: "t", maxTotal, maxHost }], { policy, connect });
    this.#random = random;
    this.#servers = servers;
    this.#closesItself = closesItself;
  }

  call(): void {
    if (this.outcomes.length >= MOST_CALLS) return;
    const random = this.#random;
    const controller = new AbortController();
    this.#controllers.push(controller);
    const { base } = random.pick(this.#servers as ScriptedServer[]);
    const url = random.chance(0.05)
      ? "http://denied.localhost/"
      : `${base}/${random.pick(["", "hop", "bye"])}`;
    const body = random.chance(0.2) ? fileBody(chunks("some", "bytes")) : null;
    const transfer = transferTo(url, { redirects: random.below(3), body, timeout: random.pick([0, 0, 20]) });
    const signal = random.chance(0.9) ? controller.signal : undefined;
    this.outcomes.push(this.network.perform(transfer, { signal }));
  }

  close(): void {
    if (this.#random.chance(0.5)) this.closing = this.network.destroy();
    else this.closing ??= this.network.close();
  }

  readonly onMessage = (message: { call?: number }, channel: string): void => {
    const random = this.#random;
    if (channel === "http-background:call:end" && message.call !== undefined)
      this.ends.set(message.call, (this.ends.get(message.call) ?? 0) + 1);
    if (random.chance(0.6)) return;
    if (random.chance(0.3)) this.call();
    else if (this.#closesItself && random.chance(0.004)) this.close();
    else if (random.chance(0.1)) throw THROWN;
    else random.pick(this.#controllers).abort();
  };
}

async function startServers(): Promise<ScriptedServer[]> {
  const start = (target: string) => startScriptedServer(answers(target));
  const first = await start("/again");
  return [first, await start(`${first.base}/other`)];
}

/** Redirects and answers, alternating. Some of them end the connection. */
function answers(target: string): ServerEntry[] {
  return Array.from({ length: 10 * MOST_CALLS }, (_, index) =>
    index % 3 === 0
      ? { send: `HTTP/1.1 307 X\r\nLocation: ${target}\r\nContent-Length: 0\r\n\r\n` }
      : { ...OK, end: index % 7 === 0 },
  );
}

describe("subscribers that abort, close, call and throw", () => {
  const seed = Number(process.env.SEED ?? 7);
  for (const [round, [maxHost, maxTotal, closesItself]] of (
    [
      [1, 0, false],
      [2, 0, false],
      [1, 1, false],
      [2, 3, false],
      [1, 1, true],
      [2, 2, true],
    ] as const
  ).entries()) {
    const what = `max_host ${maxHost}, max_total ${maxTotal}, ${closesItself ? "closed by one of them" : "closed at the end"}`;
    it(`leave the books right: ${what}, seed ${seed + round}`, async () => {
      const servers = await startServers();
      const uproar = new Uproar(new Random(seed + round), servers, { maxHost, maxTotal, closesItself });
      const { network, connections, outcomes, ends } = uproar;
      {
        using _uncaught = new UncaughtErrors(THROWN);
        using _subscribed = subscribeToAll(uproar.onMessage);
        for (let index = 0; index < CALLS; index++) uproar.call();
        for (let index = 0; index < outcomes.length; index++) await outcomes[index];
        // The error of a subscriber is thrown in a separate tick.
        await new Promise(setImmediate);
      }
      const { queued, active, idle, completed, failed } = network.stats().t ?? assert.fail();
      assert.deepEqual({ queued, active }, { queued: 0, active: 0 });
      assert.equal(completed + failed, outcomes.length);
      assert.deepEqual([...new Set(ends.values())], [1]);
      assert.ok(closesItself ? ends.size <= outcomes.length : ends.size === outcomes.length);
      for (const most of connections.mostTo.values()) assert.ok(most <= maxHost, `${most} to one host`);
      if (maxTotal > 0) assert.ok(connections.most <= maxTotal, `${connections.most} in all`);
      assert.ok(idle <= (maxTotal || 2 * maxHost));
      await Promise.all([uproar.closing, network.close()]);
      assert.equal(network.stats().t?.idle, 0);
      for (const server of servers) await server.close();
    });
  }
});
