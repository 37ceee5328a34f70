import { readString } from "../../guest/parked/guest-string.ts";
import type { GuestMemory } from "../../guest/parked/memory.ts";
import type { Place } from "./errors.ts";

/** A script called `abort(message, file, line, column)`. */
export class Abort extends Error {
  readonly place: Place | undefined;

  constructor(message: string, place: Place | undefined) {
    super(message);
    this.place = place;
  }
}

/** A script recursed too deeply: there is no room for more frames, or for their values. */
export class RecursionError extends Error {
  constructor(cause?: unknown) {
    super("it recursed too deeply", cause === undefined ? undefined : { cause });
  }
}

/**
 * When the stack that the garbage collector reads is full, AssemblyScript calls `abort` with this place. No statement
 * of a function can be there. The pointers of the message are not valid then.
 */
const STACK_CHECK = { line: 1, column: 1, fileBehindMessage: 48 };

/** Reads the arguments of `abort`. These are pointers that are not checked yet. */
export function readAbort(
  memory: GuestMemory | undefined,
  message: number,
  { file, line, column }: { file: number; line: number; column: number },
): Abort | RecursionError {
  const isStackCheck = line === STACK_CHECK.line && column === STACK_CHECK.column;
  if (isStackCheck && file - message === STACK_CHECK.fileBehindMessage) return new RecursionError();
  const place = { file: readString(memory, file), line: line >>> 0, column: column >>> 0 };
  const isPlace = place.file !== "" && place.line !== 0;
  return new Abort(readString(memory, message) || "abort", isPlace ? place : undefined);
}

/** Converts V8's error for a full stack to a RecursionError. */
export function asRecursion(error: unknown): unknown {
  const isFull = error instanceof RangeError && error.message === "Maximum call stack size exceeded";
  return isFull ? new RecursionError(error) : error;
}

export function describePlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
