import type { RunEnd } from "../../guest/javascript/javascript-suspension.ts";

/**
 * Why a run of JavaScript has no result; `idle`: it waits for a promise that nobody settles; `source`: there is no run,
 * because the script does not compile, or imports what there is not.
 */
export type FaultKind = Exclude<RunEnd["kind"], "returned"> | "idle" | "source";

/** A script in JavaScript has failed. The message and the stack are the script's. */
export class Fault extends Error {
  /** A kind, on the way between threads. */
  readonly code: FaultKind;

  constructor(kind: FaultKind, text: string, stack: string) {
    super(text);
    this.code = kind;
    this.stack = stack;
  }
}
