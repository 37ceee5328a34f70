import type { Socket } from "node:net";
import { TransferFailure } from "../transfer/failures.ts";
import type { Step } from "./connect-error.ts";

/** Something to be got rid of. */
interface Destroyable {
  /** Of a socket that is connected. */
  readonly remoteAddress?: string | undefined;
  destroy(): void;
}

/**
 * One connection while it is made. All its steps wait here, so that its timer and its caller's signal end each of them in
 * the same way, and nothing it opened outlives it.
 */
export class Attempt {
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  /** What it is at, for whoever asks why it failed. */
  step: Step;
  /** The peer's, once one is reached: the proxy's, where there is one. */
  address: string | undefined;
  #owned: Destroyable | null = null;
  #failure: TransferFailure | null = null;
  #wake: ((failure: TransferFailure) => void) | null = null;

  constructor(options: { timeoutMs: number; signal: AbortSignal }, step: Step) {
    this.step = step;
    this.#signal = options.signal;
    this.#timer = setTimeout(() => this.#fail(new TransferFailure("OPERATION_TIMEDOUT")), options.timeoutMs);
    this.#signal.addEventListener("abort", this.#onAbort);
    if (this.#signal.aborted) this.#onAbort();
  }

  /** Waits for a step. Rejects at once when the attempt ends, whatever the step does then. */
  wait<T>(step: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      // Also for a step that fails after the attempt did: its rejection is handled here.
      step.then(resolve, reject);
      if (this.#failure !== null) reject(this.#failure);
      this.#wake = reject;
    });
  }

  /**
   * Destroys this when the attempt ends without success; at once if it already has. It takes the place of what was owned
   * before: a TLS socket destroys what it is laid over, and nothing else may (Node crashes if the lower one goes first).
   */
  own<T extends Destroyable>(thing: T): T {
    if (this.#failure !== null) thing.destroy();
    this.#owned = thing;
    this.address = thing.remoteAddress ?? this.address;
    return thing;
  }

  /** The connection stands: nothing ends it from here any more. Throws if the attempt ended before. */
  succeed(): void {
    if (this.#failure !== null) throw this.#failure;
    this.#close();
  }

  /** A step failed: everything that was opened goes. */
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
    this.#wake?.(failure);
    this.abandon();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#signal.removeEventListener("abort", this.#onAbort);
  }
}

/** Resolves at the event; rejects if the socket fails or closes before it. */
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
