import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { CallingProcess, CountingServer, type ProcessOrder, type ProcessReport } from "./fleet-processes.ts";
import type { RedisAddress } from "./redis-clients.ts";

export const LEASE_MS = 6000;
const TIMEOUT_MS = 2000;
export const LIMITS = { maxTotal: 20, maxHost: 8 };

/** Waits until it is so. @returns Milliseconds that this took */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  withinMs = 40_000,
): Promise<number> {
  const startedAt = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startedAt > withinMs) assert.fail(`not within ${withinMs} ms: ${what}`);
    await sleep(20);
  }
  return performance.now() - startedAt;
}

/** Processes of one fleet, which make calls to one server, and what must hold for them. */
export class CallingFleet {
  readonly server: CountingServer;
  processes: CallingProcess[] = [];
  readonly #redis: RedisAddress;

  private constructor(server: CountingServer, redis: RedisAddress) {
    this.server = server;
    this.#redis = redis;
  }

  static async at(redis: RedisAddress): Promise<CallingFleet> {
    return new CallingFleet(await CountingServer.start(), redis);
  }

  async start(changes: Partial<ProcessOrder> = {}): Promise<CallingProcess> {
    const process = await CallingProcess.start({
      name: "test",
      client: "ioredis5",
      url: this.server.url,
      atOnce: 20,
      redis: this.#redis,
      leaseMs: LEASE_MS,
      timeoutMs: TIMEOUT_MS,
      ...LIMITS,
      ...changes,
    });
    this.processes.push(process);
    return process;
  }

  async reports(): Promise<ProcessReport[]> {
    return await Promise.all(this.processes.map((process) => process.report()));
  }

  /** Waits until all processes say so of the server of the fleet. */
  async reach(state: "joined" | "lost"): Promise<void> {
    await until(`all are ${state}`, async () =>
      (await this.reports()).every(({ fleet }) => fleet?.state === state),
    );
  }

  /** No more connections than there may be, for a while, and all of them used. */
  async assertLimit(forMs = 2000): Promise<void> {
    const { server } = this;
    server.forgetMost();
    await sleep(forMs);
    assert.ok(server.most <= LIMITS.maxHost, `${server.most} connections`);
    await until("all connections are there", () => server.open === LIMITS.maxHost);
  }

  /** In each process, each of those who make one call after the other has ended one. */
  async goOn(): Promise<void> {
    for (const process of this.processes) process.forget();
    await until("nothing hangs", async () =>
      (await this.reports()).every(({ least, failed }) => least > 0 && failed === 0),
    );
  }

  async stopAll(): Promise<void> {
    for (const { failed } of await this.reports()) assert.equal(failed, 0);
    await Promise.all(this.processes.map((process) => process.stop()));
    this.processes = [];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.processes.map((process) => process.kill()));
    await this.server[Symbol.asyncDispose]();
  }
}
