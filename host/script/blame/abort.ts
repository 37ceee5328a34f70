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

/** Reads what the script gave `abort`: pointers that nobody has checked. */
export function readAbort(
  memory: GuestMemory | undefined,
  message: number,
  { file, line, column }: { file: number; line: number; column: number },
): Abort {
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

export function describePlace({ file, line, column }: Place): string {
  return `${file}:${line}:${column}`;
}
