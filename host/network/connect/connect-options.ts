import type { Duplex } from "node:stream";
import type { Destination } from "../route/destination.ts";
import type { Policy } from "../transfer/policy.ts";

export interface ConnectOptions {
  /** Milliseconds for lookup, TCP, proxy and TLS together. */
  timeoutMs: number;
  /** Ends the attempt; its socket is gone at once. Its reason is the failure, if it is a TransferFailure. */
  signal: AbortSignal;
  /** Asked for every address that is about to be dialled; null allows all. */
  policy: Policy | null;
}

/** Opens a connection. Rejects with a TransferFailure; when the signal aborts, its socket is gone. */
export type Connect = (destination: Destination, options: ConnectOptions) => Promise<Duplex>;
