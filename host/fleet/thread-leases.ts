import { randomBytes } from "node:crypto";
import type {
  ConnectionLeases,
  FleetStats,
  LeaseClock,
  LeaseOwner,
  Limited,
  LimitedHost,
  LimitedThread,
} from "../api/fleet.ts";
import { REAL_CLOCK } from "../lifetime/clock.ts";
import { Agenda } from "./agenda.ts";
import { Book } from "./book.ts";
import {
  type LeaseServer,
  MOST_HOSTS,
  type Report,
  type SyncReply,
  type Terms,
  type Verdict,
} from "./lease-server.ts";
import { Membership } from "./membership.ts";
import type { FleetSettings } from "./options.ts";
import { type Asker, MOST_JITTER, Rounds } from "./rounds.ts";

/** All processes together ask about 200 times a second, however many there are, and however many hosts they have. */
const ROUND_MS_PER_PROCESS = 5;
const SHORTEST_ROUND_MS = 100;
const RETRY_MS = 500;

/** What was asked about one limit. */
type Question = readonly [Book, Report];

/** The leases of one thread of this process: asked for when they are wanted, renewed, given back. */
export class ThreadLeases implements ConnectionLeases, Asker {
  /** As this process was configured. */
  readonly #own: Terms;
  /** What holds for all processes of the fleet, as last known. */
  #terms: Terms;
  readonly #server: LeaseServer;
  readonly #settings: FleetSettings;
  readonly #clock: LeaseClock;
  readonly #membership: Membership;
  readonly #rounds: Rounds;
  readonly #member = randomBytes(12).toString("base64url");
  readonly #hosts = new Map<string, Book>();
  readonly #agenda = new Agenda();
  /** `open` sets it, before anything else is called. */
  #total!: Book;
  #owner: LeaseOwner | null = null;
  #refusal: Error | null = null;
  #number = 0;
  #epoch = 0;

  constructor(
    thread: LimitedThread,
    server: LeaseServer,
    settings: FleetSettings,
    clock: LeaseClock = REAL_CLOCK,
  ) {
    this.#server = server;
    this.#settings = settings;
    this.#clock = clock;
    const { name, whenLost, timeoutMs, leaseMs } = settings;
    this.#own = { maxTotal: thread.maxTotal, maxHost: thread.maxHost, leaseMs };
    this.#terms = this.#own;
    this.#membership = new Membership({ thread: thread.id, fleet: name, whenLost });
    this.#rounds = new Rounds(this, { timeoutMs, forgottenMs: leaseMs }, clock);
  }

  open(total: Limited, owner: LeaseOwner): void {
    this.#owner = owner;
    this.#total = new Book(total, this.#own.maxTotal);
    this.#rounds.soon();
  }

  join(host: LimitedHost): void {
    if (this.#own.maxHost === 0) return;
    const known = this.#hosts.get(host.key);
    if (known !== undefined) {
      known.renew(host);
      return;
    }
    const book = new Book(host, this.#own.maxHost);
    book.agree(this.#terms.maxHost);
    this.#hosts.set(host.key, book);
    if (this.#membership.state === "lost") this.#lose(book);
  }

  leave(host: LimitedHost): void {
    const book = this.#hosts.get(host.key);
    if (book === undefined) return;
    book.isLeft = true;
    this.#forgetIfOver(host.key, book);
  }

  changed(host: LimitedHost): void {
    const book = this.#hosts.get(host.key);
    if (book !== undefined) this.#agenda.note(host.key, book);
    if (this.isAwaited) this.#rounds.keepAlive();
    if (this.hasMore) this.#rounds.soon();
  }

  stats(): FleetStats {
    const { state, reason, processes } = this.#membership;
    const leases = this.#total.isValid(this.#clock.now()) ? this.#total.held : 0;
    const { maxTotal, maxHost } = this.#terms;
    return { state, reason, leases, wanted: this.#lacking, processes, maxTotal, maxHost };
  }

  close(): Promise<void> {
    return this.#rounds.close(() => this.#giveBack());
  }

  get hasMore(): boolean {
    return this.#membership.state === "joined" && (this.#total.isUrgent || !this.#agenda.isEmpty);
  }

  get isAwaited(): boolean {
    return this.#lacking > 0;
  }

  get pauseMs(): number {
    const { leaseMs } = this.#settings;
    const { state, processes } = this.#membership;
    if (state !== "joined") return RETRY_MS;
    const isActive = this.#total.held > 0 || this.isAwaited;
    const round = Math.max(SHORTEST_ROUND_MS, ROUND_MS_PER_PROCESS * processes);
    const questions = Math.max(1, Math.ceil(this.#hosts.size / MOST_HOSTS));
    const longest = leaseMs / 3 / (1 + MOST_JITTER);
    return isActive ? Math.min(round * questions, longest) : longest;
  }

  onRound(): void {
    if (this.#membership.state === "lost") this.#loseAll();
    for (const [host, book] of this.#hosts) this.#agenda.add(host, book);
  }

  onLost(error: unknown): void {
    this.#membership.lose(error instanceof Error ? error.message : String(error), this.#clock.now());
    this.#loseAll();
  }

  async ask(isLate: () => boolean): Promise<void> {
    const isJoined = this.#membership.state === "joined";
    const hosts = this.#agenda.take();
    const total: Question = [this.#total, this.#total.report(isJoined, this.#usable)];
    const others = hosts.map(([, book]): Question => [book, book.report(isJoined)]);
    const askedAt = this.#clock.now();
    try {
      const reply = await this.#server.sync({
        member: this.#member,
        number: ++this.#number,
        epoch: this.#epoch,
        terms: this.#own,
        longestMs: this.#terms.leaseMs,
        total: total[1],
        hosts: hosts.map(([host], index) => ({ ...(others[index] as Question)[1], host })),
      });
      if (!isLate()) this.#accept([total, ...others], reply, askedAt + this.#settings.leaseMs);
    } finally {
      for (const [host, book] of hosts) {
        book.isAsked = false;
        this.#forgetIfOver(host, book);
      }
    }
  }

  /** Of the leases in total, a connection can use only those for which there is one for its host. */
  get #usable(): number {
    return this.#own.maxHost > 0 ? this.#agenda.inHand : Number.POSITIVE_INFINITY;
  }

  /** Connections that are wanted, and may not be opened yet. */
  get #lacking(): number {
    return this.#total.lackingWith(this.#usable);
  }

  /** First all books are right. Then the pool acts on them. */
  #accept(questions: readonly Question[], reply: SyncReply, validUntil: number): void {
    if (this.#membership.state === "lost") this.#rejoin();
    this.#agree(reply.terms);
    const verdicts = [reply.total, ...reply.hosts];
    for (const [index, [book, report]] of questions.entries())
      book.accept(report, verdicts[index] as Verdict, validUntil);
    this.#epoch = reply.epoch;
    this.#membership.join(reply.processes, this.#clock.now());
    this.#refuse(null);
    for (const [book] of questions) if (!book.isLeft) this.#owner?.onLimit(book.limited);
  }

  #agree(terms: Terms): void {
    this.#terms = terms;
    this.#total.agree(terms.maxTotal);
    for (const book of this.#hosts.values()) book.agree(terms.maxHost);
  }

  /** The server hears of all hosts, and not only of those that it was asked about just now. */
  #rejoin(): void {
    for (const [host, book] of this.#hosts) {
      book.rejoin();
      this.#agenda.add(host, book);
    }
  }

  #forgetIfOver(host: string, book: Book): void {
    if (!book.isOver) return;
    this.#hosts.delete(host);
    this.#agenda.remove(host);
  }

  #loseAll(): void {
    const books = [this.#total, ...this.#hosts.values()];
    for (const book of books) this.#lose(book);
    const isOver = this.#settings.whenLost === "closed" && !this.#total.isValid(this.#clock.now());
    if (isOver) this.#refuse(new Error(`the fleet's server is lost: ${this.#membership.reason}`));
    for (const book of books) if (!book.isLeft) this.#owner?.onLimit(book.limited);
  }

  #lose(book: Book): void {
    book.lose(this.#settings.whenLost, this.#membership.processes, this.#clock.now());
  }

  #refuse(reason: Error | null): void {
    if ((reason === null) === (this.#refusal === null)) return;
    this.#refusal = reason;
    this.#owner?.onRefusal(reason);
  }

  /** What is not given back expires. */
  async #giveBack(): Promise<void> {
    if (this.#membership.state !== "joined") return;
    const hosts = [...this.#hosts.keys()];
    for (let from = 0; from === 0 || from < hosts.length; from += MOST_HOSTS)
      await this.#server.leave(this.#member, hosts.slice(from, from + MOST_HOSTS));
  }
}
