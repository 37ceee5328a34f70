/** What a process has and wants of one limit. */
export interface Report {
  /** Leases that it keeps: one for each connection, and those for which it is about to open one. */
  readonly held: number;
  /** How many of them are for connections that are in use. The others are idle, and it can do without. */
  readonly used: number;
  /** How many more it wants. */
  readonly want: number;
}

/** The same for the connections to one host. */
export interface HostReport extends Report {
  /** `host:port` */
  readonly host: string;
}

/** How a process was configured, or what holds for all processes together. */
export interface Terms {
  /** 0 is no limit. */
  readonly maxTotal: number;
  /** 0 is no limit. */
  readonly maxHost: number;
  /** How long a lease lives without a word of its process. */
  readonly leaseMs: number;
}

/** What a process says, and asks. It is the truth about this process, whatever was said before. */
export interface SyncRequest {
  /** The name of the process, which no other has. */
  readonly member: string;
  /** It rises. What is older than what the server has heard already is refused. */
  readonly number: number;
  /** That of the last answer; 0 if there was none. If it is another now, the server has lost what it knew. */
  readonly epoch: number;
  /** Its own. */
  readonly terms: Terms;
  /** The longest life of a lease in the fleet, as far as it knows. The server may have lost that. */
  readonly longestMs: number;
  readonly total: Report;
  /** In the order of their wishes. At most `MOST_HOSTS`. */
  readonly hosts: readonly HostReport[];
}

/** What the server answers about one limit. */
export interface Verdict {
  /** How many of the leases that were wanted the process has now. */
  readonly granted: number;
  /** How many it must give up, because others wait for them. */
  readonly giveUp: number;
  /** How many leases others wait for, and should have. */
  readonly others: number;
}

export interface SyncReply {
  /** Number of processes of the fleet. */
  readonly processes: number;
  /** Since when the server counts. */
  readonly epoch: number;
  /** The smallest limits and the longest life of a lease of all processes. No limit stays none. */
  readonly terms: Terms;
  readonly total: Verdict;
  /** In the order of the request. */
  readonly hosts: readonly Verdict[];
}

/** How many hosts one request may have. */
export const MOST_HOSTS = 64;

/** Whoever counts the leases of all processes of a fleet, for one thread. */
export interface LeaseServer {
  /** @throws Error whose message says why it cannot be asked */
  sync(request: SyncRequest): Promise<SyncReply>;
  /** The process holds nothing any more, neither in total nor at these hosts. @throws Error as `sync` */
  leave(member: string, hosts: readonly string[]): Promise<void>;
}
