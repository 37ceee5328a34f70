import type { CancelSignal } from "../../lifetime/abort-watch.ts";
import type { Policy } from "./policy.ts";

/** What a caller can add to a transfer from outside. */
export interface PerformOptions {
  /** Ends the transfer with ABORTED_BY_CALLBACK, in any phase, at once. */
  signal?: CancelSignal | undefined;
  /** Milliseconds for the whole transfer, beside the transfer's own `timeout`. @default 0, no limit */
  timeoutMs?: number | undefined;
  /** Takes the place of the network's own policy; null allows all. */
  policy?: Policy | null | undefined;
}
