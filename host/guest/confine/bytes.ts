import { HttpBackgroundError } from "../../api/errors.ts";

/** In characters. */
const LONGEST_MESSAGE = 500;

/** How many of something a module may have. */
export interface Limit {
  readonly most: number;
  /** The name of the thing, in the plural. */
  readonly what: string;
}

/** Reads the binary format of WebAssembly: little endian, numbers as LEB128. */
export class ByteReader {
  readonly bytes: Buffer;
  pos: number;
  readonly end: number;

  /** Reads from `start` to `end`. */
  constructor(bytes: Buffer, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.pos = start;
    this.end = end;
  }

  get isAtEnd(): boolean {
    return this.pos >= this.end;
  }

  u8(): number {
    if (this.pos >= this.end) throw malformed("it ends in the middle");
    return this.bytes[this.pos++] as number;
  }

  /** Reads at most five bytes, like every reader of WebAssembly. A number may have more bytes than it needs. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      if (shift === 28 && byte > 0x0f) break;
      return value;
    }
    throw malformed("a number is too long");
  }

  /** Skips a signed number of 32 or 64 bits. The additional bits of its last byte must repeat the sign. */
  skipSigned(bits: 32 | 64): void {
    for (let left = bits; left > 0; left -= 7) {
      const byte = this.u8();
      if (byte >= 0x80) continue;
      if (left >= 7) return;
      const beyond = (byte & 0x7f) >> (left - 1);
      if (beyond === 0 || beyond === 0x7f >> (left - 1)) return;
      break;
    }
    throw malformed("a number is too long");
  }

  skip(count: number): void {
    if (count > this.end - this.pos) throw malformed("it ends in the middle");
    this.pos += count;
  }

  name(limit: Limit): string {
    const length = this.count(limit);
    const start = this.pos;
    this.skip(length);
    return this.bytes.toString("utf8", start, this.pos);
  }

  /** Reads how many items follow. @throws HttpBackgroundError BAD_MODULE if they are too many */
  count(limit: Limit): number {
    const count = this.u32();
    checkLimit(count, limit);
    return count;
  }

  /** Reads a number, and then this number of items. */
  vector<T>(limit: Limit, readItem: () => T): T[] {
    const items: T[] = [];
    for (let left = this.count(limit); left > 0; left--) items.push(readItem());
    return items;
  }

  /** Throws if there are unread bytes, because another reader might understand them. */
  checkEnd(): void {
    if (!this.isAtEnd) throw malformed("a part of it goes on behind its end");
  }
}

/** Checks that a module has not too many of something. @throws HttpBackgroundError BAD_MODULE, which names the thing */
export function checkLimit(count: number, { most, what }: Limit): void {
  if (count > most) throw refused(`has more than ${most} ${what}`);
}

/** Encodes `value` as an unsigned LEB128. */
export function encodeU32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** Encodes `value`, which is not negative, as a signed LEB128. */
export function encodeSigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x40; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

export function encodeName(name: string): Buffer {
  const bytes = Buffer.from(name);
  return Buffer.concat([Buffer.from(encodeU32(bytes.length)), bytes]);
}

export function malformed(what: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_MODULE", `malformed WebAssembly: ${what}`);
}

export function refused(what: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_MODULE", printable(`the module ${what}`));
}

/** Makes a text with names from a module safe: without control characters for terminals, and not too long. */
export function printable(text: string): string {
  const shown = text.slice(0, LONGEST_MESSAGE).replace(/\p{Cc}+/gu, " ");
  return text.length > LONGEST_MESSAGE ? `${shown}…` : shown;
}
