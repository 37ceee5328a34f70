import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** A signal has ended the work, and everything is closed. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** As in shells: 128 plus the number of the signal. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Does some work. SIGINT and SIGTERM call `end`, which ends the work early. A second signal ends the process at once.
 *
 * @throws {Interrupted} after a signal, when the work has ended
 */
export async function endOnSignal<T>(end: () => unknown, work: () => Promise<T>): Promise<T> {
  let received: NodeJS.Signals | undefined;
  const listener = (signal: NodeJS.Signals): void => {
    received = signal;
    for (const name of SIGNALS) process.off(name, listener);
    end();
  };
  for (const name of SIGNALS) process.on(name, listener);
  try {
    return await work();
  } finally {
    for (const name of SIGNALS) process.off(name, listener);
    // biome-ignore lint/correctness/noUnsafeFinally: the signal is the reason, even if the work has another result
    if (received !== undefined) throw new Interrupted(received);
  }
}
