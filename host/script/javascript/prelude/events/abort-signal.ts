import { startSleep } from "../seam/calls.ts";
import { requireArguments, toNatural } from "../values/idl.ts";
import { dispatching, Event } from "./event.ts";
import { EventTarget, signals } from "./event-target.ts";

/** Only this module makes signals. */
const TOKEN = {};

let abort: (signal: AbortSignal, reason: unknown) => void;
let algorithmsOf: (signal: AbortSignal) => Set<() => void>;

export class AbortSignal extends EventTarget {
  #aborted = false;
  #reason: unknown;
  #handler: unknown = null;
  /** What is done when it aborts, before its listeners are told. */
  #algorithms: Set<() => void> | undefined;
  /** Signals that abort with it. None of them has others. */
  #dependents: Set<AbortSignal> | undefined;
  /** The signals that it depends on. None of them depends on others. */
  #sources: Set<AbortSignal> | undefined;

  static {
    algorithmsOf = (signal) => {
      signal.#algorithms ??= new Set();
      return signal.#algorithms;
    };
    abort = (signal, reason) => {
      if (signal.#aborted) return;
      const dependents = [...(signal.#dependents ?? [])].filter((dependent) => !dependent.#aborted);
      for (const each of [signal, ...dependents]) each.#begin(reason);
      for (const each of [signal, ...dependents]) each.#tell();
    };
  }

  constructor(token?: unknown) {
    if (token !== TOKEN) throw new TypeError("Illegal constructor");
    super();
  }

  /** A signal that has aborted. */
  static abort(reason?: unknown): AbortSignal {
    const signal = new AbortSignal(TOKEN);
    signal.#begin(reason === undefined ? abortError() : reason);
    return signal;
  }

  /** A signal that aborts after this time. @param ms Milliseconds */
  static timeout(ms: number): AbortSignal {
    requireArguments(arguments.length, 1, "AbortSignal.timeout");
    const time = toNatural(ms, "the time");
    const signal = new AbortSignal(TOKEN);
    const onAnswer = () => abort(signal, new DOMException("signal timed out", "TimeoutError"));
    startSleep(time, { onAnswer });
    return signal;
  }

  /** A signal that aborts with the first of these. */
  static any(given: Iterable<AbortSignal>): AbortSignal {
    requireArguments(arguments.length, 1, "AbortSignal.any");
    const sources = Array.from(given, (source) => {
      if (source instanceof AbortSignal) return source;
      throw new TypeError("a value is no AbortSignal");
    });
    const aborted = sources.find((source) => source.#aborted);
    if (aborted !== undefined) return AbortSignal.abort(aborted.#reason);
    const signal = new AbortSignal(TOKEN);
    signal.#sources = new Set(sources.flatMap((source) => [...(source.#sources ?? [source])]));
    for (const source of signal.#sources) {
      source.#dependents ??= new Set();
      source.#dependents.add(signal);
    }
    return signal;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  get reason(): unknown {
    return this.#reason;
  }

  get onabort(): unknown {
    return this.#handler;
  }

  set onabort(handler: unknown) {
    if (this.#handler === null) this.addEventListener("abort", (event: Event) => this.#handle(event));
    this.#handler = typeof handler === "function" ? handler : null;
  }

  throwIfAborted(): void {
    if (this.#aborted) throw this.#reason;
  }

  #handle(event: Event): void {
    if (typeof this.#handler === "function") this.#handler.call(this, event);
  }

  #begin(reason: unknown): void {
    this.#aborted = true;
    this.#reason = reason;
  }

  #tell(): void {
    for (const algorithm of [...(this.#algorithms ?? [])]) algorithm();
    this.#algorithms = undefined;
    this.#dependents = undefined;
    this.dispatchEvent(dispatching.trust(new Event("abort")));
  }
}

export class AbortController {
  readonly #signal = new AbortSignal(TOKEN);

  get signal(): AbortSignal {
    return this.#signal;
  }

  abort(reason?: unknown): void {
    abort(this.#signal, reason === undefined ? abortError() : reason);
  }
}

/** Does something when a signal aborts, which has not yet. @returns How it is forgotten */
export function onAbort(signal: AbortSignal, algorithm: () => void): () => void {
  const algorithms = algorithmsOf(signal);
  algorithms.add(algorithm);
  return () => algorithms.delete(algorithm);
}

/** A signal that follows another one, or none. */
export function follow(source: AbortSignal | null): AbortSignal {
  return source === null ? new AbortController().signal : AbortSignal.any([source]);
}

signals.follow = (signal, remove) => {
  if (!(signal instanceof AbortSignal)) throw new TypeError("the signal is no AbortSignal");
  if (!signal.aborted) onAbort(signal, remove);
  return signal.aborted;
};

function abortError(): DOMException {
  return new DOMException("This operation was aborted", "AbortError");
}
