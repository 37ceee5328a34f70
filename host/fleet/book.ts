import type { Limited } from "../api/fleet.ts";
import type { Report, Verdict } from "./lease-server.ts";

/** What to do with a limit while the server of the fleet does not answer. */
export type WhenLost = "share" | "open" | "closed";

/** One limit of one thread: what was told to the server, and what it has given. */
export class Book {
  /** As configured; Infinity is no limit. */
  readonly #configured: number;
  /** The smallest that a process of the fleet has. */
  #limit: number;
  #limited: Limited;
  /** Leases that the server counts. */
  #held = 0;
  /** Leases for which it knows that they are wanted. */
  #wanted = 0;
  /** How many others wait for. */
  #others = 0;
  /** Until when the server counts the leases, if it hears nothing. */
  #validUntil = Number.NEGATIVE_INFINITY;
  /** Whether nobody uses it any more: what is held goes back. */
  isLeft = false;
  /** How much of `inHand` counts in that of all hosts. */
  noted = 0;
  /** Whether the server is being asked about it. */
  isAsked = false;

  /** @param limit 0 is no limit */
  constructor(limited: Limited, limit: number) {
    this.#limited = limited;
    this.#configured = limit > 0 ? limit : Number.POSITIVE_INFINITY;
    this.#limit = this.#configured;
    limited.most = limit > 0 ? 0 : this.#limit;
    limited.isFirm = false;
  }

  get limited(): Limited {
    return this.#limited;
  }

  /** Leases that the server counts. */
  get held(): number {
    return this.#held;
  }

  /** Leases without a connection, for which one is wanted. */
  get inHand(): number {
    const { most, connections } = this.#limited;
    return Math.min(this.#wishes, Math.max(0, most - connections));
  }

  /** Connections that are wanted, without a lease. */
  get lacking(): number {
    return this.lackingWith(Number.POSITIVE_INFINITY);
  }

  /** The same, if only so many of those in hand can be used. */
  lackingWith(usable: number): number {
    return this.#wishes - Math.min(this.inHand, usable);
  }

  /** Whether the server should know at once: more is wanted than it knows, or others wait for what is not needed. */
  get isUrgent(): boolean {
    if (this.lacking > this.#wanted) return true;
    return this.#others > 0 && this.#held > this.#limited.connections + this.inHand;
  }

  /** Whether nothing is left to tell of it. */
  get isOver(): boolean {
    return this.isLeft && this.#held === 0 && this.#wanted === 0 && !this.isAsked;
  }

  /** What holds for all processes of the fleet. @param limit 0 is no limit */
  agree(limit: number): void {
    this.#limit = limit > 0 ? Math.min(this.#configured, limit) : this.#configured;
  }

  /** A host that was left is used again. What is held for it can still be used. */
  renew(limited: Limited): void {
    limited.most = this.#limited.most;
    limited.isFirm = this.#limited.isFirm;
    this.#limited = limited;
    this.isLeft = false;
  }

  /**
   * What the server is told. Leases that are not needed are not used from now on.
   *
   * @param usable At most so many can be used in addition
   */
  report(isJoined: boolean, usable = Number.POSITIVE_INFINITY): Report {
    this.isAsked = true;
    const limited = this.#limited;
    const inHand = isJoined ? Math.min(this.inHand, usable) : 0;
    const held = limited.connections + inHand;
    // If the server does not answer, it goes on as it is.
    if (isJoined && this.#limit !== Number.POSITIVE_INFINITY) limited.most = Math.min(limited.most, held);
    if (isJoined) this.#held = held;
    this.#wanted = this.#wishes - inHand;
    return { held, used: Math.max(0, held - limited.idleConnections), want: this.#wanted };
  }

  /** No answer gives more than was asked for: the configured limits hold whatever the server says. */
  accept({ held, want }: Report, verdict: Verdict, validUntil: number): void {
    const { giveUp, others } = verdict;
    const granted = Math.min(want, verdict.granted);
    this.#held = held + granted;
    this.#wanted = want - granted;
    this.#others = others;
    this.#validUntil = validUntil;
    if (this.#limit === Number.POSITIVE_INFINITY) return;
    this.#limited.most = Math.max(0, this.#held - giveUp);
    // At the limit there are no wishes that the server could fulfil.
    this.#limited.isFirm = this.#wanted > 0 || giveUp > 0 || this.#limited.most >= this.#limit;
  }

  isValid(now: number): boolean {
    return now < this.#validUntil;
  }

  /** The server answers again, and has not been asked about it yet: it has given nothing besides what there is. */
  rejoin(): void {
    const limited = this.#limited;
    if (this.#limit !== Number.POSITIVE_INFINITY) limited.most = Math.min(limited.most, limited.connections);
  }

  /** The server does not answer. @param processes Among how many the limit is shared; 0 if nobody knows */
  lose(when: WhenLost, processes: number, now: number): void {
    const leases = this.isValid(now) ? this.#held : 0;
    this.#limited.most = when === "open" ? this.#limit : Math.max(leases, this.#shareOf(when, processes));
    this.#limited.isFirm = true;
    this.#others = 0;
  }

  #shareOf(when: WhenLost, processes: number): number {
    if (this.#limit === Number.POSITIVE_INFINITY) return this.#limit;
    if (when === "closed") return 0;
    return processes === 0 ? 1 : Math.max(1, Math.floor(this.#limit / processes));
  }

  get #wishes(): number {
    const { wishes, connections } = this.#limited;
    return Math.min(wishes, Math.max(0, this.#limit - connections));
  }
}
