import type { CancelSignal } from "../../lifetime/abort-watch.ts";
import type { AskingRun } from "./asking-run.ts";
import type { Policy } from "./policy.ts";

/** What a caller can set for a transfer besides the transfer itself. */
export interface PerformOptions {
  /** If it aborts, the transfer ends at once with ABORTED_BY_CALLBACK, in any phase. */
  signal?: CancelSignal | undefined;
  /** Milliseconds for the whole transfer, in addition to the transfer's own `timeout`. @default 0, no limit */
  timeoutMs?: number | undefined;
  /** Milliseconds for which the caller has waited already. They count against every time limit of the whole transfer. @default 0 */
  waitedMs?: number | undefined;
  /** Replaces the network's own policy; null allows everything. */
  policy?: Policy | null | undefined;
  /** The run of a script that asks. Its lookups count for its share, and events name it. @default the application */
  asker?: AskingRun | null | undefined;
  /** Who may share a connection of HTTP/2, on which calls can slow each other down. @default null, the application */
  tenancy?: string | null | undefined;
}
