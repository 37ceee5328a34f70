import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The work was ended by a signal, and has cleaned up after itself. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  /** As shells number it: 128 and the signal. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`ended by ${signal}`);
    this.exitCode = 128 + constants.signals[signal];
  }
}

/**
 * Does some work that SIGINT and SIGTERM end early by calling `end`. A second signal ends the process at once.
 *
 * @throws {Interrupted} after a signal, as soon as the work has settled
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
    // biome-ignore lint/correctness/noUnsafeFinally: whatever the work ended with, the signal was why
    if (received !== undefined) throw new Interrupted(received);
  }
}
