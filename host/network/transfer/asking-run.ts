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
