/** Why a script could not be compiled, or a run of it did not come to its end. Stable, to match on. */
export type ScriptErrorCode =
  /** The compiler refused the source; the message is the compiler's own, with the place. */
  | "COMPILE_FAILED"
  /** `assemblyscript` is not installed where the script or the application could find it. */
  | "NO_COMPILER"
  /** The script exports no function of that name that takes no parameters. */
  | "NO_ENTRY"
  /** The script called `abort`: it threw, an assertion failed, or it made a mistake in a call. */
  | "SCRIPT_ABORTED"
  /** The script trapped: it divided by zero, recursed too deeply, reached outside of its memory, or broke the ABI. */
  | "SCRIPT_TRAPPED"
  /** The runtime is closed. */
  | "CLOSED"
  | LimitCode;

/** The codes of limits, each of which is one of `limits`. */
export type LimitCode =
  | "MEMORY_LIMIT"
  | "TIME_LIMIT"
  | "COMPUTE_LIMIT"
  | "STACK_LIMIT"
  | "REQUEST_LIMIT"
  | "SENT_LIMIT"
  | "RECEIVED_LIMIT"
  | "OUTPUT_LIMIT"
  | "QUEUE_LIMIT";

/** A place in the source of a script. */
export interface Place {
  /** As the compiler names it: relative to where it was compiled, `~lib/` for the standard library. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** What a run, or a compilation, is rejected with. Match on `code`; `message` is for people. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly code: ScriptErrorCode;
  /** Where in the script, if that is known. */
  readonly place: Place | undefined;
  /** What the run had put out until then. */
  output = "";

  constructor(
    code: ScriptErrorCode,
    message: string,
    details: { place?: Place | undefined; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.place = details.place;
  }
}
