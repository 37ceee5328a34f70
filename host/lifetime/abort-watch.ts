/** The members of an AbortSignal that we use. */
export type CancelSignal = Pick<AbortSignal, "aborted" | "addEventListener" | "removeEventListener"> & {
  readonly reason?: unknown;
};

/** Something that a signal ends. If it has ended already, `onAbort` does nothing. */
export interface Abortable {
  onAbort(reason: unknown): void;
}

// The platform's own functions: a caller may have replaced those of a signal.
const { addEventListener, removeEventListener } = EventTarget.prototype;
const readAborted = getterOf("aborted");
const readReason = getterOf("reason");

/** Whether `value` is a signal of the platform, not an object that only looks like a signal. */
export function isAbortSignal(value: unknown): value is AbortSignal {
  try {
    readAborted.call(value);
    return true;
  } catch {
    return false;
  }
}

/** Whether a signal has aborted. This runs no code of the caller. */
export function isAborted(signal: CancelSignal): boolean {
  return signal instanceof AbortSignal ? Boolean(readAborted.call(signal)) : signal.aborted;
}

/**
 * Adds one listener to each signal, even if many calls or runs share the signal. Node warns of a leak at the eleventh.
 */
export class AbortWatch {
  readonly #watched = new Map<CancelSignal, WatchedSignal>();

  /** Calls `member.onAbort` when the signal aborts, unless `forget` is called before. */
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
    // The last member first. If an earlier one ended first, a later one that waits would start, only to be ended too.
    for (const member of [...members].reverse()) member.onAbort(reason);
  }

  #drop(watched: WatchedSignal): void {
    const { signal } = watched;
    if (this.#watched.get(signal) === watched) this.#watched.delete(signal);
    if (signal instanceof AbortSignal) removeEventListener.call(signal, "abort", watched);
    else signal.removeEventListener("abort", watched);
  }
}

/** For all calls and runs of the process, in all threads and runtimes. */
export const ABORTS = new AbortWatch();

/** The listener of one signal. It does not look at the event, because a caller can make an event with any content. */
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
