import { MemoryShare, type SharedBudget } from "./memory-share.ts";

/** The share of all memory that may be held by what belongs to no run. */
const MOST_ALONE = 3 / 4;

/** So many bytes of reserves do not count: of what a run gives back, some is what the next one needs. */
const FREE_RESERVE = 1 << 24;

/** Memory that is kept to be used again. */
export interface Reserve {
  /** Bytes. */
  readonly size: number;
  /** Keeps no more than so many bytes. */
  shrink(most: number): void;
}

/** Memory that runs share. The bytes of a runtime count in its own budget, and in that of the whole process. */
export class MemoryBudget implements SharedBudget {
  /** Bytes that may be held; undefined if only the whole has a limit. */
  most: number | undefined;
  readonly #whole: MemoryBudget | undefined;
  /** Scripts of which a run holds something, or is expected to. */
  readonly #shares = new Set<MemoryShare>();
  readonly #reserves = new Set<Reserve>();
  readonly #waiting = new Set<() => void>();
  #used = 0;
  /** The part of it that belongs to no run. */
  #alone = 0;
  #expected = 0;
  #isChecking = false;

  constructor(most: number | undefined, whole?: MemoryBudget) {
    this.most = most;
    this.#whole = whole;
  }

  /** Bytes that are held now, by runs and by what they have in common. */
  get used(): number {
    return this.#used;
  }

  /** Bytes that may be held, here or in the whole. */
  get limit(): number {
    return this.most ?? this.#whole?.limit ?? Number.POSITIVE_INFINITY;
  }

  /** A share for the runs of one more script. */
  newShare(): MemoryShare {
    return new MemoryShare(this);
  }

  /** Whether there is room for bytes that belong to no run, such as a module: some is for runs only. */
  hasRoomFor(bytes: number): boolean {
    const isEnough = this.most === undefined || this.#alone + bytes <= this.most * MOST_ALONE;
    return isEnough && (this.#whole === undefined || this.#whole.hasRoomFor(bytes));
  }

  /** Counts bytes that belong to no run, such as a module. */
  hold(bytes: number): void {
    this.#count(undefined, bytes);
  }

  /** What this keeps may be given up before a run is ended, and must be. */
  addReserve(reserve: Reserve): void {
    this.#reserves.add(reserve);
    this.#whole?.addReserve(reserve);
  }

  removeReserve(reserve: Reserve): void {
    this.#reserves.delete(reserve);
    this.#whole?.removeReserve(reserve);
  }

  /** There is room for it, or the script has less than an equal part of the memory. */
  mayEnter(share: MemoryShare): boolean {
    const all = this.#used + this.#expected + share.guess;
    const own = share.bytes + share.expected + share.guess;
    const parties = this.#shares.size + (this.#shares.has(share) ? 0 : 1);
    const { most = Number.POSITIVE_INFINITY } = this;
    const isFair = all <= most || own <= most / parties;
    return isFair && (this.#whole === undefined || this.#whole.mayEnter(share));
  }

  /** Calls `onRoom` once, later, when there is less in use than now. */
  whenLess(onRoom: () => void): void {
    this.#waiting.add(onRoom);
    this.#whole?.whenLess(() => {
      if (this.#waiting.delete(onRoom)) onRoom();
    });
  }

  change(share: MemoryShare, bytes: number): void {
    share.bytes += bytes;
    this.#count(share, bytes);
  }

  expect(share: MemoryShare, bytes: number): void {
    share.expected += bytes;
    this.#countExpected(share, bytes);
  }

  #count(share: MemoryShare | undefined, bytes: number): void {
    this.#used += bytes;
    if (share === undefined) this.#alone += bytes;
    if (share !== undefined) this.#list(share);
    if (bytes < 0) this.#tellOfRoom();
    else if (this.#isOver) this.#checkSoon();
    if (this.#whole !== undefined) this.#whole.#count(share, bytes);
  }

  #countExpected(share: MemoryShare, bytes: number): void {
    this.#expected += bytes;
    this.#list(share);
    if (bytes < 0) this.#tellOfRoom();
    if (this.#whole !== undefined) this.#whole.#countExpected(share, bytes);
  }

  #list(share: MemoryShare): void {
    if (share.isEmpty) this.#shares.delete(share);
    else this.#shares.add(share);
  }

  get #isOver(): boolean {
    return this.#excess > 0;
  }

  /** Bytes that are too many. */
  get #excess(): number {
    if (this.most === undefined) return 0;
    return this.#used + Math.max(0, this.#reserved - FREE_RESERVE) - this.most;
  }

  get #reserved(): number {
    let all = 0;
    for (const { size } of this.#reserves) all += size;
    return all;
  }

  #shrinkReserves(): void {
    for (const reserve of this.#reserves) {
      if (this.#isOver && reserve.size > 0) reserve.shrink(Math.max(0, reserve.size - this.#excess));
    }
  }

  #tellOfRoom(): void {
    for (const onRoom of this.#waiting) {
      this.#waiting.delete(onRoom);
      queueMicrotask(onRoom);
    }
  }

  /** Later, because a run that is ended calls functions of the application, and several steps come at the same time. */
  #checkSoon(): void {
    if (this.#isChecking) return;
    this.#isChecking = true;
    queueMicrotask(() => {
      this.#isChecking = false;
      this.#check();
    });
  }

  /**
   * Until there is not too much in use, gives up what is to spare, and then ends runs: each time the largest run of the
   * script that holds most. Between two of them, whoever waits for the first can drop its output.
   */
  #check(): void {
    if (this.#isOver) this.#shrinkReserves();
    if (!this.#isOver) return;
    const loser = largest(largest(this.#shares)?.accounts);
    if (loser === undefined || loser.bytes === 0) return;
    loser.lose(this.limit);
    this.#checkSoon();
  }
}

function largest<T extends { readonly bytes: number }>(all: Iterable<T> = []): T | undefined {
  let most: T | undefined;
  for (const one of all) if (most === undefined || one.bytes > most.bytes) most = one;
  return most;
}
