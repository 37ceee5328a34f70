import type { GuestMemory } from "./memory.ts";

/** The position of a string's size in AssemblyScript, relative to the string. */
const SIZE_OFFSET = -4;
/** A text is cut off after this many bytes. */
const LONGEST_TEXT = 4096;

/** The string of AssemblyScript at `ptr`; "" if there cannot be one. Control characters for terminals are removed. */
export function readString(memory: GuestMemory | undefined, ptr: number): string {
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
