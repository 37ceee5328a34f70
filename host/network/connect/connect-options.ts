import type { Duplex } from "node:stream";
import type { Destination } from "../route/destination.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import type { Permit } from "../transfer/policy.ts";

export interface ConnectOptions {
  /** Milliseconds for lookup, TCP, proxy and TLS together. */
  timeoutMs: number;
  /**
   * Ends the attempt and destroys its socket at once. If the signal's reason is a TransferFailure, this is the failure.
   */
  signal: AbortSignal;
  /** Called for every address before it is dialled; null allows all addresses. */
  policy: Permit | null;
  /** For whom it is opened, who asks for the lookups: a run of a script; null for the application. */
  asker: AskingRun | null;
}

/** Opens a connection. Rejects with a TransferFailure. If the signal aborts, the socket is destroyed. */
export type Connect = (destination: Destination, options: ConnectOptions) => Promise<Duplex>;
