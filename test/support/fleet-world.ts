import { type FleetOptions, readFleetOptions } from "../../host/fleet/options.ts";
import { ThreadLeases } from "../../host/fleet/thread-leases.ts";
import { LeaseServerDouble, Line } from "./lease-server-double.ts";
import { LeasingPool } from "./leasing-pool.ts";
import { ManualClock } from "./manual-clock.ts";

export interface WorldSettings extends Partial<FleetOptions> {
  readonly maxTotal?: number;
  readonly maxHost?: number;
  readonly callMs?: number;
}

/** One process of a fleet. */
export interface Process {
  readonly line: Line;
  readonly leases: ThreadLeases;
  readonly pool: LeasingPool;
}

/** A fleet of processes in one: their server and their time are doubles. */
export class FleetWorld {
  readonly clock = new ManualClock();
  readonly server: LeaseServerDouble;
  readonly processes: Process[] = [];
  readonly #maxTotal: number;
  readonly #maxHost: number;
  readonly #callMs: number;
  readonly #options: FleetOptions;

  constructor({ maxTotal = 0, maxHost = 0, callMs = 50, ...options }: WorldSettings) {
    this.#maxTotal = maxTotal;
    this.#maxHost = maxHost;
    this.#callMs = callMs;
    this.#options = { name: "fleet", ...options };
    this.server = new LeaseServerDouble(this.clock);
  }

  /** @param changes Of what this process is told, and no other */
  start({ maxTotal = this.#maxTotal, maxHost = this.#maxHost, ...options }: WorldSettings = {}): Process {
    const { clock } = this;
    const limits = { maxTotal, maxHost };
    const settings = readFleetOptions({ ...this.#options, ...options });
    const line = new Line(this.server, clock);
    const leases = new ThreadLeases({ id: "t", ...limits }, line, settings, clock);
    const pool = new LeasingPool({ leases, clock, callMs: this.#callMs, ...limits });
    const process = { line, leases, pool };
    this.processes.push(process);
    return process;
  }

  /** It is gone, with its connections, and without a word to the server. */
  kill(process: Process): void {
    process.pool.kill();
    process.line.delayMs = Number.POSITIVE_INFINITY;
    process.line.fault = new Error("killed");
    this.processes.splice(this.processes.indexOf(process), 1);
  }

  get connections(): number {
    return this.processes.reduce((sum, { pool }) => sum + pool.connections, 0);
  }

  connectionsTo(host: string): number {
    return this.processes.reduce((sum, { pool }) => sum + pool.connectionsTo(host), 0);
  }

  /** Lets time pass in steps, and looks after each. @returns The most connections that there were at a time */
  async watch(ms: number, look: () => number = () => this.connections): Promise<number> {
    let most = look();
    for (let passed = 0; passed < ms; passed += 10) {
      await this.clock.pass(10);
      most = Math.max(most, look());
    }
    return most;
  }
}
