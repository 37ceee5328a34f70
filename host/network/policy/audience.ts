import type { Clock } from "../../lifetime/clock.ts";

/** Whose calls a policy is for. A run is a script that has a policy beside that of its runtime, which it narrows. */
export type Audience = "application" | "script" | "run";

/** Who reads the entries of a policy, and by which clock they last. */
export interface Readership {
  readonly audience: Audience;
  readonly clock: Clock;
}
