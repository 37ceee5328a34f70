import type { CancelSignal } from "../../lifetime/abort-watch.ts";
import type { Policy } from "./policy.ts";

/** What a caller can add to a transfer from outside. */
export interface PerformOptions {
  /** Ends the transfer with ABORTED_BY_CALLBACK, in any phase, at once. */
  signal?: CancelSignal | undefined;
  /** Takes the place of the network's own policy; null allows all. */
  policy?: Policy | null | undefined;
}
