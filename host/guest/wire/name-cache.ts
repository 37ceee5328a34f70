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
    let hash = 0;
    for (let at = start; at < end; at++) hash = (hash * 31 + (bytes[at] as number)) % SLOTS;
    const kept = this.#names[hash] as string;
    if (isWritten(kept, bytes, start, end)) return kept;
    const name = bytes.toString("utf8", start, end);
    this.#names[hash] = name;
    return name;
  }
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
