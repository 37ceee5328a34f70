import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FleetWorld } from "../support/fleet-world.ts";

const LEASE_MS = 3000;
const LIMITS = { maxTotal: 7, maxHost: 3 };
const HOSTS = ["a:80", "b:80", "c:80", "d:80", "e:80"];
const MOST_PROCESSES = 6;

/** Numbers from 0 to 1 that follow from a seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

class Chaos {
  readonly world = new FleetWorld({ ...LIMITS, leaseMs: LEASE_MS, callMs: 70 });
  readonly #random: () => number;
  /** What processes have said of themselves, and is not so. */
  readonly #wrong: object[] = [];

  constructor(seed: number) {
    this.#random = randomOf(seed);
    this.#start();
  }

  /** A process that never asks for more than it can use. */
  #start(): void {
    const { pool, line } = this.world.start();
    const sync = line.sync.bind(line);
    line.sync = (request) => {
      const { total, hosts } = request;
      const useful = pool.connections + pool.wishes;
      if (total.used > total.held || total.held + total.want > useful) this.#wrong.push({ ...total, useful });
      for (const report of hosts) {
        const waiting = pool.connectionsTo(report.host) + pool.waitingFor(report.host);
        const most = Math.min(waiting, LIMITS.maxHost);
        if (report.used > report.held || report.held + report.want > most)
          this.#wrong.push({ ...report, most });
      }
      return sync(request);
    };
  }

  /** Calls come, processes come, go and are killed, and the server forgets one thing. */
  async live(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const process = this.#pick(this.world.processes);
      const dice = this.#random();
      if (dice < 0.7) process.pool.call(this.#pick(HOSTS), Math.ceil(this.#random() * 20));
      else if (dice < 0.8 && this.world.processes.length < MOST_PROCESSES) this.#start();
      else if (dice < 0.85 && this.world.processes.length > 1) this.world.kill(process);
      else if (dice < 0.9)
        this.world.server.evict(this.#pick(["total", "list", ...HOSTS.map((host) => ({ host }))]));
      await this.world.clock.pass(Math.round(this.#random() * 120));
      this.check();
    }
  }

  /** The limits hold, as the servers would see it. */
  check(): void {
    const { world } = this;
    assert.deepEqual(this.#wrong, []);
    assert.ok(world.connections <= LIMITS.maxTotal, `${world.connections} in total`);
    for (const host of HOSTS)
      assert.ok(world.connectionsTo(host) <= LIMITS.maxHost, `${world.connectionsTo(host)} to ${host}`);
  }

  /** Some are cut off, the server forgets everything, or answers late. */
  async suffer(): Promise<void> {
    for (const { line } of this.world.processes) {
      const dice = this.#random();
      if (dice < 0.4) line.fault = new Error("ECONNRESET");
      else if (dice < 0.8) line.delayMs = Math.round(this.#random() * 2000);
    }
    if (this.#random() < 0.5) this.world.server.flush();
    for (let turn = 0; turn < 5; turn++) {
      this.#pick(this.world.processes).pool.call(this.#pick(HOSTS), 30);
      await this.world.clock.pass(Math.round(this.#random() * 2000));
    }
    for (const { line } of this.world.processes) Object.assign(line, { fault: null, delayMs: 0 });
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)] as T;
  }
}

describe("a fleet in which anything may happen", () => {
  for (let seed = 1; seed <= 6; seed++) {
    it(`keeps the limits, with seed ${seed}`, async () => {
      const chaos = new Chaos(seed);
      await chaos.live(60);
      await chaos.suffer();
      await chaos.world.clock.pass(LEASE_MS);
      await chaos.live(60);
      const { processes } = chaos.world;
      await chaos.world.clock.pass(20_000);
      assert.ok(processes.every(({ pool }) => pool.waiting === 0 && pool.refused === 0));
      assert.equal(chaos.world.server.held(), chaos.world.connections);
    });
  }
});
