import type { Socket } from "node:net";
import type { PendingLookup } from "../names/query.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Step } from "./connect-error.ts";

/** Something that can be destroyed. */
interface Destroyable {
  /** The peer's address, if it is a socket that is connected. */
  readonly remoteAddress?: string | undefined;
  destroy(): void;
}

/**
 * One connection while it is made. All its steps wait in `wait`, so the timer and the caller's signal end each step in
 * the same way. When the attempt fails, everything that it opened is destroyed.
 */
export class Attempt {
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  /** The current step. It is used to say why the attempt failed. */
  step: Step;
  /** The address of the peer, after it was reached. If there is a proxy, the proxy is the peer. */
  address: string | undefined;
  #owned: Destroyable | null = null;
  #awaited: PendingLookup | null = null;
  #failure: TransferFailure | null = null;
  #wake: ((failure: TransferFailure) => void) | null = null;

  constructor(options: { timeoutMs: number; signal: AbortSignal }, step: Step) {
    this.step = step;
    this.#signal = options.signal;
    this.#timer = setTimeout(() => this.#fail(new TransferFailure("OPERATION_TIMEDOUT")), options.timeoutMs);
    this.#signal.addEventListener("abort", this.#onAbort);
    if (this.#signal.aborted) this.#onAbort();
  }

  /** Waits for a step. Rejects at once when the attempt fails, and does not wait for the step then. */
  wait<T>(step: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // A step may reject after the attempt has failed. This handles that rejection too.
      step.then(resolve, reject);
      if (this.#failure !== null) reject(this.#failure);
      this.#wake = reject;
    });
  }

  /** Waits for a lookup. If the attempt ends before, it leaves the lookup. */
  async waitOrLeave(lookup: PendingLookup): Promise<readonly string[]> {
    if (this.#failure !== null) lookup.leave();
    this.#awaited = lookup;
    try {
      return await this.wait(lookup.addresses);
    } finally {
      this.#awaited = null;
    }
  }

  /**
   * Destroys `thing` when the attempt fails, or at once if it has failed already. `thing` replaces what was owned
   * before: a TLS socket destroys the socket below it, and nothing else may do so, because Node crashes if the lower
   * one is destroyed first.
   */
  own<T extends Destroyable>(thing: T): T {
    if (this.#failure !== null) thing.destroy();
    this.#owned = thing;
    this.address = thing.remoteAddress ?? this.address;
    return thing;
  }

  /**
   * The connection is ready. The timer and the signal cannot end it any more. Throws if the attempt has failed before.
   */
  succeed(): void {
    if (this.#failure !== null) throw this.#failure;
    this.#close();
  }

  /** Called if a step failed. Destroys everything that was opened. */
  abandon(): void {
    this.#close();
    this.#owned?.destroy();
  }

  readonly #onAbort = (): void => {
    const { reason } = this.#signal;
    this.#fail(
      reason instanceof TransferFailure ? reason : new TransferFailure("ABORTED_BY_CALLBACK", reason),
    );
  };

  #fail(failure: TransferFailure): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#awaited?.leave();
    this.#wake?.(failure);
    this.abandon();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Resolves when the event comes. Rejects if the socket fails or closes before it. */
export function once(socket: Socket, event: "secureConnect" | "readable"): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: unknown): void => {
      socket.off(event, onEvent).off("end", onEnd).off("close", onEnd).off("error", settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onEvent = (): void => settle();
    const onEnd = (): void => settle(new Error("The peer closed the connection"));
    socket.on(event, onEvent).on("end", onEnd).on("close", onEnd).on("error", settle);
    if (socket.destroyed || socket.readableEnded) onEnd();
  });
}
