/**
 * Several processes that share the limits of their threads. `redisFleet` of `http-background/fleet/redis` makes one;
 * `createHttpBackground` takes it as `fleet`.
 */
export interface Fleet {
  /** Processes with the same name, on the same server, share their limits. */
  readonly name: string;
  /**
   * The leases of one thread. Called once for each thread that has a limit.
   *
   * @param clock By which they are renewed, and waited for
   * @internal
   */
  leasesOf(thread: LimitedThread, clock: LeaseClock): ConnectionLeases;
}

/** The time that leases have: that of the machine, or one that a test moves. */
export interface LeaseClock {
  /** Whether its time passes by itself. */
  readonly isRunning: boolean;
  /** Milliseconds since some moment. They never become less. */
  now(): number;
  setTimeout<T>(fire: (value: T) => void, ms: number, value: T): LeaseTimer;
  clearTimeout(timer: LeaseTimer | undefined): void;
}

export interface LeaseTimer {
  /** The process need not wait for it. */
  unref(): unknown;
}

/** A thread, as its fleet sees it. */
export interface LimitedThread {
  readonly id: string;
  /** 0 is no limit. */
  readonly maxTotal: number;
  /** 0 is no limit. */
  readonly maxHost: number;
}

/** What a thread and its fleet have to do with each other now. */
export interface FleetStats {
  /** Whether the server answers: not yet, yes, or no longer. */
  state: "joining" | "joined" | "lost";
  /** Why it does not; null if it does. */
  reason: string | null;
  /** Connections that this process may have now, as the server counts them. */
  leases: number;
  /** Connections that it wants and may not have yet. */
  wanted: number;
  /** Processes of the fleet, as far as known. */
  processes: number;
  /** The smallest `max_total` of all processes that have one, as far as known; 0 if this one has none. */
  maxTotal: number;
  /** The same of `max_host`. */
  maxHost: number;
}

/** One limit, `max_total` or `max_host`, and what the pool has and wants of it. */
export interface Limited {
  /** How many connections there may be now. Whoever gives leases writes this. */
  most: number;
  /** Whether there will be no more for now. Only then are idle connections closed to make room for others. */
  isFirm: boolean;
  /** Dials, busy, idle and closing ones. */
  readonly connections: number;
  readonly idleConnections: number;
  /** How many more are wanted, and would be allowed if this process were alone. */
  readonly wishes: number;
}

/** One `host:port`. */
export interface LimitedHost extends Limited {
  readonly key: string;
}

/** Who says how many connections a pool may have. A lease is for a connection, and not for a call. */
export interface ConnectionLeases {
  /** Called once, before anything else. */
  open(total: Limited, owner: LeaseOwner): void;
  /** The pool has begun to use a host: its `most` and `isFirm` are to be set. */
  join(host: LimitedHost): void;
  /** The pool has neither connections nor wishes at this host. */
  leave(host: LimitedHost): void;
  /** The wishes or the connections have changed, here and in total. It is called in the middle of that change. */
  changed(host: LimitedHost): void;
  /** Asks no more, and gives everything back. There are no connections left. */
  close(): Promise<void>;
  stats(): FleetStats;
}

/** The pool, as whoever gives leases sees it. */
export interface LeaseOwner {
  /** `most` or `isFirm` has changed: that of this host, or that of the total. */
  onLimit(limit: Limited): void;
  /** From now on, nobody waits for leases: it fails for this reason. null: they wait again. */
  onRefusal(reason: Error | null): void;
}
