import type { GuestMemory } from "../../guest/parked/memory.ts";
import type { Place } from "./errors.ts";

/** A string of AssemblyScript has its size in bytes before it. */
const SIZE_OFFSET = -4;
/** More of a text than this is cut off. Bytes. */
const LONGEST_TEXT = 4096;

/** A script called `abort(message, file, line, column)`. */
export class Abort extends Error {
  readonly place: Place | undefined;

  constructor(message: string, place: Place | undefined) {
    super(message);
    this.place = place;
  }
}

/** A script recursed too deeply: there is no room for more frames, or for what they hold. */
export class RecursionError extends Error {
  constructor(cause?: unknown) {
    super("it recursed too deeply", cause === undefined ? undefined : { cause });
  }
}

/**
 * AssemblyScript calls `abort` so when the stack is full that the collector looks at. The pointers of its message lead nowhere.
 * No statement of a function can stand at this place.
 */
const STACK_CHECK = { line: 1, column: 1, fileBehindMessage: 48 };

/** Reads what the script gave `abort`: pointers that nobody has checked. */
export function readAbort(
  memory: GuestMemory | undefined,
  message: number,
  { file, line, column }: { file: number; line: number; column: number },
): Abort | RecursionError {
  const isStackCheck = line === STACK_CHECK.line && column === STACK_CHECK.column;
  if (isStackCheck && file - message === STACK_CHECK.fileBehindMessage) return new RecursionError();
  const place = { file: readText(memory, file), line: line >>> 0, column: column >>> 0 };
  const isPlace = place.file !== "" && place.line !== 0;
  return new Abort(readText(memory, message) || "abort", isPlace ? place : undefined);
}

/** The text at `ptr`; nothing if there cannot be one. Characters that would command a terminal are left out. */
function readText(memory: GuestMemory | undefined, ptr: number): string {
  if (memory === undefined || ptr === 0) return "";
  try {
    const size = Math.min(memory.readU32(ptr + SIZE_OFFSET), LONGEST_TEXT);
    return memory
      .at(ptr, size & ~1)
      .toString("utf16le")
      .replace(/\p{Cc}+/gu, " ");
  } catch (error) {
    if (error instanceof RangeError) return "";
    throw error;
  }
}

/** The engine's own word for a full stack becomes ours. */
export function asRecursion(error: unknown): unknown {
  const isFull = error instanceof RangeError && error.message === "Maximum call stack size exceeded";
  return isFull ? new RecursionError(error) : error;
}

export function describePlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
