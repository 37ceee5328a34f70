/** As much of an AbortSignal as is used. */
export type CancelSignal = Pick<AbortSignal, "aborted" | "addEventListener" | "removeEventListener"> & {
  readonly reason?: unknown;
};

/** Whom a signal ends. Nothing happens to one that has ended already. */
export interface Abortable {
  onAbort(reason: unknown): void;
}

// The platform's own: a caller may have put anything in their place.
const { addEventListener, removeEventListener } = EventTarget.prototype;
const readAborted = getterOf("aborted");
const readReason = getterOf("reason");

/** Whether `value` is a signal of the platform, and not something that only looks like one. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  try {
    readAborted.call(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether a signal has aborted. No code of a caller runs. */
export function isAborted(signal: CancelSignal): boolean {
  return signal instanceof AbortSignal ? Boolean(readAborted.call(signal)) : signal.aborted;
}

/**
 * Listens once to each signal, however many calls or runs share it: Node warns of a leak at the eleventh listener.
 */
export class AbortWatch {
  readonly #watched = new Map<CancelSignal, WatchedSignal>();

  /** Tells `member` when the signal aborts, unless it was forgotten before. */
  add(signal: CancelSignal, member: Abortable): void {
    const watched = this.#watched.get(signal) ?? this.#watch(signal);
    watched.members.add(member);
  }

  forget(signal: CancelSignal, member: Abortable): void {
    const watched = this.#watched.get(signal);
    if (watched === undefined) return;
    watched.members.delete(member);
    if (watched.members.size === 0) this.#drop(watched);
  }

  #watch(signal: CancelSignal): WatchedSignal {
    const watched = new WatchedSignal(signal, (aborted) => this.#fire(aborted));
    this.#watched.set(signal, watched);
    if (signal instanceof AbortSignal) addEventListener.call(signal, "abort", watched);
    else signal.addEventListener("abort", watched);
    return watched;
  }

  #fire(watched: WatchedSignal): void {
    const { signal, members } = watched;
    const reason = signal instanceof AbortSignal ? readReason.call(signal) : signal.reason;
    this.#drop(watched);
    // The last first: the end of one that came earlier would let in one that waits.
    for (const member of [...members].reverse()) member.onAbort(reason);
  }

  #drop(watched: WatchedSignal): void {
    const { signal } = watched;
    if (this.#watched.get(signal) === watched) this.#watched.delete(signal);
    if (signal instanceof AbortSignal) removeEventListener.call(signal, "abort", watched);
    else signal.removeEventListener("abort", watched);
  }
}

/** The listener of one signal. It looks at no event: a caller can make one, and say anything in it. */
class WatchedSignal implements EventListenerObject {
  readonly signal: CancelSignal;
  readonly members = new Set<Abortable>();
  readonly #fire: (watched: WatchedSignal) => void;

  constructor(signal: CancelSignal, fire: (watched: WatchedSignal) => void) {
    this.signal = signal;
    this.#fire = fire;
  }

  handleEvent(): void {
    this.#fire(this);
  }
}

interface EventListenerObject {
  handleEvent(): void;
}

function getterOf(name: "aborted" | "reason"): () => unknown {
  const getter = Object.getOwnPropertyDescriptor(AbortSignal.prototype, name)?.get;
  return getter ?? (() => undefined);
}
