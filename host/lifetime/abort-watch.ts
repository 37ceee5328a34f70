/** As much of an AbortSignal as is used. */
export type CancelSignal = Pick<AbortSignal, "aborted" | "addEventListener" | "removeEventListener"> & {
  readonly reason?: unknown;
};

/** Whom a signal ends. Nothing happens to one that has ended already. */
export interface Abortable {
  onAbort(reason: unknown): void;
}

/**
 * Listens once to each signal, however many calls or runs share it: Node warns of a leak at the eleventh listener.
 */
export class AbortWatch {
  readonly #watched = new Map<CancelSignal, Set<Abortable>>();

  /** Tells `member` when the signal aborts, unless it was forgotten before. */
  add(signal: CancelSignal, member: Abortable): void {
    const members = this.#watched.get(signal);
    if (members !== undefined) {
      members.add(member);
      return;
    }
    this.#watched.set(signal, new Set([member]));
    signal.addEventListener("abort", this);
  }

  forget(signal: CancelSignal, member: Abortable): void {
    const members = this.#watched.get(signal);
    if (members === undefined) return;
    members.delete(member);
    if (members.size === 0) this.#drop(signal);
  }

  /** EventListenerObject: a signal aborts. */
  handleEvent(event: Event): void {
    const signal = event.target as unknown as CancelSignal;
    const members = this.#watched.get(signal) ?? [];
    this.#drop(signal);
    // The last first: the end of one that came earlier would let in one that waits.
    for (const member of [...members].reverse()) member.onAbort(signal.reason);
  }

  #drop(signal: CancelSignal): void {
    this.#watched.delete(signal);
    signal.removeEventListener("abort", this);
  }
}
