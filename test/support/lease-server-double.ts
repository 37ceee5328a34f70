import type {
  LeaseServer,
  Report,
  SyncReply,
  SyncRequest,
  Terms,
  Verdict,
} from "../../host/fleet/lease-server.ts";
import type { Clock } from "../../host/lifetime/clock.ts";
import { type Entry, judge, type Moment } from "./lease-rules.ts";

const TURN_MS = 1000;
const LONGEST_LIFE_MS = 1_200_000;
const TOTAL = "";

/** A server that counts leases, without Redis. Tests break it. */
export class LeaseServerDouble implements LeaseServer {
  /** How often it was asked. */
  asked = 0;
  readonly #clock: Clock;
  /** Of each process, by its name. */
  readonly #terms = new Map<string, Terms>();
  readonly #limits = new Map<string, Map<string, Entry>>();
  #epoch: number | null = null;
  #quietUntil = 0;
  /** The longest life of a lease before it lost what it knew. */
  #longestBefore = 0;
  /** How long it keeps what it hears. */
  #longest = 0;
  /** Of which hosts it knows something, and until when; null if it has forgotten that. */
  #listed: Map<string, number> | null = null;
  /** Until when it gives out nothing for a host, of which it has forgotten what it knew. */
  readonly #quietHosts = new Map<string, number>();
  /** When it forgets everything, if nobody says anything. */
  #endsAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** It forgets everything. */
  flush(): void {
    this.#limits.clear();
    this.#quietHosts.clear();
    this.#epoch = null;
    this.#listed = null;
  }

  /** Its memory is full: it forgets one thing, and keeps the others. */
  evict(what: "total" | "list" | { readonly host: string }): void {
    if (what === "list") this.#listed = null;
    else if (what === "total") {
      this.#limits.delete(TOTAL);
      this.#epoch = null;
    } else {
      this.#limits.delete(what.host);
      this.#quietHosts.delete(what.host);
    }
  }

  /** Leases that it counts: in total, or those at one host. */
  held(host = TOTAL): number {
    return this.#alive(host).reduce((sum, { held }) => sum + held, 0);
  }

  get members(): number {
    return this.#alive(TOTAL).length;
  }

  /** Hosts of which it knows something. */
  get hosts(): string[] {
    return [...this.#limits.keys()].filter((host) => host !== TOTAL && this.#alive(host).length > 0);
  }

  async sync(request: SyncRequest): Promise<SyncReply> {
    this.asked++;
    return this.decide(request, this.#clock.now());
  }

  async leave(member: string, hosts: readonly string[]): Promise<void> {
    for (const host of [TOTAL, ...hosts]) {
      this.#limits.get(host)?.delete(member);
      this.#unlistIfGone(host);
    }
    if (this.members > 0 || this.#epoch === null) return;
    this.#epoch = null;
    this.#listed = null;
  }

  /** What it answers at this time. */
  decide(request: SyncRequest, now: number): SyncReply {
    this.#forgetIfOver(now);
    const all = this.#alive(TOTAL, now);
    const mine = this.#enter(all, request.member, request.total, now);
    if (mine.number > request.number) throw new Error("STALE");
    this.#terms.set(request.member, request.terms);
    const terms = this.#agree(all, request, now);
    const { maxTotal, maxHost } = terms;
    this.#begin(request.epoch, now);
    const moment: Moment = { now, turnMs: TURN_MS, isQuiet: now < this.#quietUntil };
    const hosts = request.hosts.map(({ host, ...report }) => {
      const isQuiet = now < this.#beginHost(host, now) || moment.isQuiet;
      const entries = this.#alive(host, now);
      const entry = this.#enter(entries, request.member, report, now);
      return { host, entry, verdict: judge(entries, entry, maxHost, { ...moment, isQuiet }) };
    });
    if (maxHost > 0)
      mine.want = Math.min(
        mine.want,
        hosts.reduce((sum, { verdict }) => sum + verdict.could, 0),
      );
    const counted = all.filter(({ id }) => this.#terms.get(id)?.maxTotal !== 0);
    const total = judge(counted, mine, maxTotal, moment);
    const can = hosts.reduce((sum, { verdict }) => sum + verdict.granted, 0);
    const granted = maxHost > 0 ? Math.min(total.granted, can) : total.granted;
    let budget = maxTotal === 0 ? Number.POSITIVE_INFINITY : granted + mine.held;
    this.#write(TOTAL, mine, { request, granted, now });
    const verdicts = hosts.map(({ host, entry, verdict: { giveUp, others, ...verdict } }): Verdict => {
      const given = Math.min(verdict.granted, budget);
      budget -= given;
      this.#write(host, entry, { request, granted: given, now });
      return { granted: given, giveUp, others };
    });
    const { giveUp, others } = total;
    return {
      processes: all.length,
      epoch: this.#epoch ?? 0,
      terms,
      total: { granted, giveUp, others },
      hosts: verdicts,
    };
  }

  #forgetIfOver(now: number): void {
    if (now < this.#endsAt) return;
    this.#epoch = null;
    this.#listed = null;
  }

  /** The smallest limits and the longest life, of those who have one. */
  #agree(all: readonly Entry[], { terms, longestMs }: SyncRequest, now: number): Terms {
    const others = all.map(({ id }) => this.#terms.get(id) ?? terms);
    const least = (name: "maxTotal" | "maxHost") =>
      terms[name] === 0 ? 0 : Math.min(...others.map((other) => other[name] || terms[name]));
    const before = this.#epoch !== null && now < this.#quietUntil ? this.#longestBefore : 0;
    const leaseMs = Math.max(before, ...others.map((other) => other.leaseMs));
    this.#longest = Math.max(leaseMs, longestMs);
    return { maxTotal: least("maxTotal"), maxHost: least("maxHost"), leaseMs };
  }

  /** Whether it has lost what it knew, and gives out nothing for now. */
  #begin(known: number, now: number): void {
    const isHalf = (this.#epoch === null) !== (this.#listed === null);
    if (this.#epoch === null) {
      this.#epoch = now;
      this.#quietUntil = 0;
    }
    // The clock may have been set back.
    this.#quietUntil = Math.min(this.#quietUntil, now + this.#quietMs);
    const isLost = known > 0 && known !== this.#epoch && this.#quietUntil === 0;
    this.#endsAt = now + this.#longest;
    this.#longestBefore = this.#longest;
    if (isHalf || isLost) this.#quietUntil = now + this.#quietMs;
    this.#listed ??= new Map();
    for (const [host, until] of this.#listed) if (until <= now) this.#listed.delete(host);
  }

  /** @returns Until when nothing is given out for this host */
  #beginHost(host: string, now: number): number {
    const latest = now + this.#quietMs;
    const isLost = !this.#isThere(host) && this.#listed?.has(host);
    const until = isLost ? latest : Math.min(this.#quietHosts.get(host) ?? 0, latest);
    if (until <= now) this.#quietHosts.delete(host);
    else {
      this.#quietHosts.set(host, until);
      this.#listed?.set(host, now + this.#longest);
    }
    return until;
  }

  get #quietMs(): number {
    return Math.round(this.#longest / 3);
  }

  #isThere(host: string): boolean {
    return this.#quietHosts.has(host) || (this.#limits.get(host)?.size ?? 0) > 0;
  }

  #unlistIfGone(host: string): void {
    if (!this.#isThere(host)) this.#listed?.delete(host);
  }

  /** Copies: what is not written is not kept. */
  #alive(host: string, now = this.#clock.now()): Entry[] {
    const entries = this.#limits.get(host) ?? new Map<string, Entry>();
    for (const [id, { expires }] of entries)
      if (expires <= now || expires > now + LONGEST_LIFE_MS) entries.delete(id);
    this.#unlistIfGone(host);
    return [...entries.values()].map((entry) => ({ ...entry, since: Math.min(entry.since, now) }));
  }

  #enter(entries: Entry[], id: string, report: Report, now: number): Entry {
    const known = entries.find((entry) => entry.id === id);
    const fresh = {
      id,
      held: 0,
      used: 0,
      want: 0,
      since: now,
      expires: 0,
      number: 0,
      demand: 0,
      target: 0,
      ahead: 0,
    };
    const mine = known ?? fresh;
    if (known === undefined) entries.push(mine);
    change(mine, { ...report }, now);
    return mine;
  }

  #write(
    host: string,
    mine: Entry,
    { request, granted, now }: { request: SyncRequest; granted: number; now: number },
  ): void {
    const { held, used, want } = mine;
    change(mine, { held: held + granted, used: used + granted, want: want - granted }, now);
    mine.expires = now + request.terms.leaseMs;
    mine.number = request.number;
    const entries = this.#limits.get(host) ?? new Map<string, Entry>();
    this.#limits.set(host, entries);
    if (host !== TOTAL && phaseOf(mine) === 0) {
      entries.delete(mine.id);
      this.#unlistIfGone(host);
      return;
    }
    entries.set(mine.id, mine);
    if (host !== TOTAL) this.#listed?.set(host, now + this.#longest);
  }
}

function change(entry: Entry, report: Report, now: number): void {
  const before = phaseOf(entry);
  Object.assign(entry, report);
  if (phaseOf(entry) !== before) entry.since = now;
}

function phaseOf({ held, want }: Report): number {
  return held > 0 ? 2 : want > 0 ? 1 : 0;
}

/** The way from one process to the server. Tests break it. */
export class Line implements LeaseServer {
  /** What every question fails with; null if it is answered. */
  fault: Error | null = null;
  /** Milliseconds that an answer needs after the server has answered. Infinity: it never comes. */
  delayMs = 0;
  readonly #server: LeaseServer;
  readonly #clock: Clock;

  constructor(server: LeaseServer, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  async sync(request: SyncRequest): Promise<SyncReply> {
    if (this.fault !== null) throw this.fault;
    return await this.#carry(await this.#server.sync(request));
  }

  async leave(member: string, hosts: readonly string[]): Promise<void> {
    if (this.fault !== null) throw this.fault;
    await this.#carry(await this.#server.leave(member, hosts));
  }

  #carry<T>(answer: T): Promise<T> | T {
    if (this.delayMs === 0) return answer;
    return new Promise((resolve) => {
      if (this.delayMs !== Number.POSITIVE_INFINITY)
        this.#clock.setTimeout(resolve, this.delayMs, answer).unref();
    });
  }
}
