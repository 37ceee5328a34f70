import type { FleetJoined, FleetLost } from "../api/events.ts";
import type { FleetStats } from "../api/fleet.ts";
import { FLEET_CHANNELS } from "./channels.ts";

/** Whether the server answers, and who is told of it. */
export class Membership {
  readonly #about: Pick<FleetLost, "thread" | "fleet" | "whenLost">;
  #state: FleetStats["state"] = "joining";
  #reason: string | null = null;
  #processes = 0;
  #lostAt = 0;

  constructor(about: Pick<FleetLost, "thread" | "fleet" | "whenLost">) {
    this.#about = about;
  }

  get state(): FleetStats["state"] {
    return this.#state;
  }

  /** Why the server does not answer; null if it does. */
  get reason(): string | null {
    return this.#reason;
  }

  /** As many as were last known; 0 if none ever were. */
  get processes(): number {
    return this.#processes;
  }

  join(processes: number, now: number): void {
    this.#processes = processes;
    if (this.#state === "joined") return;
    const lostMs = this.#state === "lost" ? now - this.#lostAt : 0;
    this.#state = "joined";
    this.#reason = null;
    const { thread, fleet } = this.#about;
    const message: FleetJoined = { thread, fleet, processes, lostMs };
    if (FLEET_CHANNELS.joined.hasSubscribers) FLEET_CHANNELS.joined.publish(message);
  }

  lose(reason: string, now: number): void {
    this.#reason = reason;
    if (this.#state === "lost") return;
    this.#state = "lost";
    this.#lostAt = now;
    const message: FleetLost = { ...this.#about, reason };
    if (FLEET_CHANNELS.lost.hasSubscribers) FLEET_CHANNELS.lost.publish(message);
  }
}
