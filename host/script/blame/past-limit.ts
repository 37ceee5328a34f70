import type { LimitName } from "./limits.ts";

/** A guest went past a limit. How much its run may have is in the run's books. */
export class PastLimit extends Error {
  /** The limit, on the way between threads. */
  readonly code: LimitName;

  constructor(limit: LimitName) {
    super(`past limits.${limit}`);
    this.code = limit;
  }
}
