import type { ConnectionLeases, LeaseOwner, Limited, LimitedHost } from "../../host/api/fleet.ts";
import type { Clock } from "../../host/lifetime/clock.ts";

interface Counts {
  connections: number;
  idleConnections: number;
  wishes: number;
  wanted: number;
}

const COUNTS = ["connections", "idleConnections", "wishes", "wanted"] as const;

/** The connections to one host, without sockets. */
class Host implements LimitedHost {
  readonly key: string;
  readonly limit: number;
  most: number;
  isFirm = true;
  busy = 0;
  idleConnections = 0;
  /** Calls that wait. */
  wanted = 0;
  /** What of it is in the sums. */
  counted: Counts = { connections: 0, idleConnections: 0, wishes: 0, wanted: 0 };

  constructor(key: string, limit: number) {
    this.key = key;
    this.limit = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    this.most = this.limit;
  }

  get connections(): number {
    return this.busy + this.idleConnections;
  }

  get wishes(): number {
    return Math.min(this.wanted, Math.max(0, this.limit - this.connections));
  }
}

export interface PoolSettings {
  readonly leases: ConnectionLeases;
  readonly clock: Clock;
  readonly maxTotal: number;
  readonly maxHost: number;
  /** How long a call takes. */
  readonly callMs: number;
}

/** Does with leases what the pool of a thread does, and counts. */
export class LeasingPool implements LeaseOwner, Limited {
  most: number;
  isFirm = true;
  refusal: Error | null = null;
  /** Calls that have ended, and those that were refused. */
  done = 0;
  refused = 0;
  readonly #hosts = new Map<string, Host>();
  readonly #settings: PoolSettings;
  readonly #sums: Counts = { connections: 0, idleConnections: 0, wishes: 0, wanted: 0 };
  #isDead = false;

  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.most = settings.maxTotal > 0 ? settings.maxTotal : Number.POSITIVE_INFINITY;
    settings.leases.open(this, this);
  }

  get connections(): number {
    return this.#sums.connections;
  }

  get idleConnections(): number {
    return this.#sums.idleConnections;
  }

  get wishes(): number {
    return this.#sums.wishes;
  }

  connectionsTo(key: string): number {
    return this.#hosts.get(key)?.connections ?? 0;
  }

  /** How many calls to it wait. */
  waitingFor(key: string): number {
    return this.#hosts.get(key)?.wanted ?? 0;
  }

  get waiting(): number {
    return this.#sums.wanted;
  }

  call(key: string, count = 1): void {
    let host = this.#hosts.get(key);
    if (host === undefined) {
      host = new Host(key, this.#settings.maxHost);
      this.#hosts.set(key, host);
      this.#settings.leases.join(host);
    }
    host.wanted += count;
    this.#serve(host);
  }

  /** Calls that wait for a connection to this host wait no longer. */
  withdraw(key: string): void {
    const host = this.#hosts.get(key);
    if (host === undefined) return;
    host.wanted = 0;
    this.#changed(host);
    this.#leaveIfOver(host);
  }

  /** The process is gone. */
  kill(): void {
    this.#isDead = true;
    for (const host of this.#hosts.values()) {
      Object.assign(host, { busy: 0, idleConnections: 0, wanted: 0 });
      this.#changed(host);
    }
    this.#hosts.clear();
  }

  onLimit(limit: Limited): void {
    for (const host of limit === this ? this.#hosts.values() : [limit as Host]) {
      this.#trim(host);
      this.#serve(host);
      this.#leaveIfOver(host);
    }
  }

  onRefusal(reason: Error | null): void {
    this.refusal = reason;
    for (const host of this.#hosts.values()) this.#serve(host);
  }

  #serve(host: Host): void {
    while (host.wanted > 0 && this.#take(host)) this.#begin(host);
    if (this.refusal !== null) {
      this.refused += host.wanted;
      host.wanted = 0;
    }
    this.#changed(host);
  }

  /** Whether there is a connection for one more call. */
  #take(host: Host): boolean {
    if (host.idleConnections > 0) {
      host.idleConnections--;
      return true;
    }
    if (host.connections >= host.most) return false;
    if (this.connections >= this.most && this.isFirm) this.#closeIdle();
    return this.connections < this.most;
  }

  #begin(host: Host): void {
    host.wanted--;
    host.busy++;
    this.#changed(host);
    this.#settings.clock.setTimeout(() => this.#end(host), this.#settings.callMs, undefined);
  }

  #end(host: Host): void {
    if (this.#isDead) return;
    host.busy--;
    host.idleConnections++;
    this.done++;
    this.#trim(host);
    this.#serve(host);
    // Another host may have waited for a connection of the total.
    if (this.waiting > 0) for (const other of this.#hosts.values()) this.#serve(other);
    this.#leaveIfOver(host);
  }

  #leaveIfOver(host: Host): void {
    if (host.connections > 0 || host.wanted > 0 || !this.#hosts.delete(host.key)) return;
    this.#settings.leases.leave(host);
  }

  #trim(host: Host): void {
    while (host.idleConnections > 0 && (host.connections > host.most || this.connections > this.most))
      this.#close(host);
  }

  #closeIdle(): void {
    const host = [...this.#hosts.values()].find(({ idleConnections }) => idleConnections > 0);
    if (host !== undefined) this.#close(host);
  }

  #close(host: Host): void {
    host.idleConnections--;
    this.#changed(host);
  }

  #changed(host: Host): void {
    const { connections, idleConnections, wishes, wanted } = host;
    const counts = { connections, idleConnections, wishes, wanted };
    for (const what of COUNTS) this.#sums[what] += counts[what] - host.counted[what];
    host.counted = counts;
    if (!this.#isDead) this.#settings.leases.changed(host);
  }
}
