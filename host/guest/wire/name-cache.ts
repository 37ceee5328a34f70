const SLOTS = 128;
/** Maximum number of bytes of a name that is kept. */
const LONGEST = 32;

/**
 * Names that were read before. Every record has the same few names, and to compare a name with its bytes takes a part
 * of the time that it takes to decode it.
 */
export class NameCache {
  readonly #names: string[] = Array(SLOTS).fill("");

  /** The text of a part of `bytes`, which is UTF-8. */
  read(bytes: Buffer, start: number, end: number): string {
    if (end - start > LONGEST) return bytes.toString("utf8", start, end);
    if (end === start) return "";
    const slot = slotOf(bytes, start, end);
    const kept = this.#names[slot] as string;
    if (isWritten(kept, bytes, start, end)) return kept;
    const name = bytes.toString("utf8", start, end);
    this.#names[slot] = name;
    return name;
  }
}

/** It looks at three bytes: of the names in records, hardly two have the same of them. */
function slotOf(bytes: Buffer, start: number, end: number): number {
  const first = bytes[start] as number;
  const middle = bytes[(start + end) >> 1] as number;
  const last = bytes[end - 1] as number;
  return (first * 5 + middle * 9 + last * 29 + end - start) % SLOTS;
}

/** Whether the bytes are this text in ASCII. */
function isWritten(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80 || code !== bytes[start + i]) return false;
  }
  return true;
}
