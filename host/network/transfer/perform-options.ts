import type { CancelSignal } from "../../lifetime/abort-watch.ts";
import type { Policy } from "./policy.ts";

/** A run of a script, as its calls and lookups know it. */
export interface AskingRun {
  /** No two runs of the process have the same. */
  readonly number: number;
  /** The number of its script. All its runs have one share of connections. */
  readonly script: number;
  /** For whom it runs, if the application said so. */
  readonly tenant?: string | undefined;
  /** Its time limit stands still from now on, because the host is asked something. */
  pauseTime?(): void;
  resumeTime?(): void;
}

/** What a caller can set for a transfer besides the transfer itself. */
export interface PerformOptions {
  /** If it aborts, the transfer ends at once with ABORTED_BY_CALLBACK, in any phase. */
  signal?: CancelSignal | undefined;
  /** Milliseconds for the whole transfer, in addition to the transfer's own `timeout`. @default 0, no limit */
  timeoutMs?: number | undefined;
  /** Replaces the network's own policy; null allows everything. */
  policy?: Policy | null | undefined;
  /** The run of a script that asks. Its lookups count for its share, and events name it. @default the application */
  asker?: AskingRun | null | undefined;
  /** Who may share a connection of HTTP/2, on which calls can slow each other down. @default null, the application */
  tenancy?: string | null | undefined;
}
