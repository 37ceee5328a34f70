import type { RunUsage } from "./run-usage.ts";

/** Why a script could not be compiled, or why a run was ended. For programs: a code never changes. */
export type ScriptErrorCode =
  /** The compiler refused the source. The message comes from the compiler, and has the place. */
  | "COMPILE_FAILED"
  /** `assemblyscript` is not installed where the application can find it. */
  | "NO_COMPILER"
  /** The script has no exported function with this name and without parameters. */
  | "NO_ENTRY"
  /** The script called `abort`: it threw, an assertion failed, or it made a mistake in a call. */
  | "SCRIPT_ABORTED"
  /** The script trapped: it divided by zero, recursed too deeply, reached outside of its memory, or broke the ABI. */
  | "SCRIPT_TRAPPED"
  /** The runtime is closed. */
  | "CLOSED"
  | LimitCode;

/** The codes of the limits. Each belongs to one of `limits`. */
export type LimitCode =
  | "MEMORY_LIMIT"
  | "TIME_LIMIT"
  | "COMPUTE_LIMIT"
  | "CPU_LIMIT"
  | "STACK_LIMIT"
  | "REQUEST_LIMIT"
  | "CALL_LIMIT"
  | "TIMER_LIMIT"
  | "SENT_LIMIT"
  | "RECEIVED_LIMIT"
  | "OUTPUT_LIMIT"
  | "KEPT_LIMIT"
  | "QUEUE_LIMIT";

/** A place in the source of a script. */
export interface Place {
  /**
   * The compiler's name of the file. It is relative to the folder of the compilation; `~lib/` is the standard library.
   */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

/** The error with which a run or a compilation rejects. Programs compare `code`. `message` is for people. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly code: ScriptErrorCode;
  /** The place in the script, if it is known. */
  readonly place: Place | undefined;
  /** The output of the run before the error. */
  output = "";
  /** What the run had used until the error; undefined if there was no run. */
  usage: RunUsage | undefined = undefined;

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
