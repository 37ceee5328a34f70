import { HttpBackgroundError } from "../../api/errors.ts";

/** Characters. */
const LONGEST_MESSAGE = 500;

/** Reads the binary format of WebAssembly: little endian, numbers as LEB128. */
export class ByteReader {
  readonly bytes: Buffer;
  pos: number;
  readonly end: number;

  /** From `start` on, up to `end`. */
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

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed("a number is too long");
  }

  /** A number of any width, as if it had no sign; not exact above 53 bits. */
  number(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.u8();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw malformed("a number is too long");
  }

  skip(count: number): void {
    if (count > this.end - this.pos) throw malformed("it ends in the middle");
    this.pos += count;
  }

  name(): string {
    const length = this.u32();
    const start = this.pos;
    this.skip(length);
    return this.bytes.toString("utf8", start, this.pos);
  }

  /** As many items as the number says that comes first. */
  vector<T>(readItem: () => T): T[] {
    const items: T[] = [];
    for (let left = this.u32(); left > 0; left--) items.push(readItem());
    return items;
  }
}

/** `value` as an unsigned LEB128. */
export function encodeU32(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return bytes;
}

/** `value`, not negative, as a signed LEB128. */
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

/** Text with names that a module chose: without characters that would command a terminal, and not longer than a message. */
export function printable(text: string): string {
  const shown = text.slice(0, LONGEST_MESSAGE).replace(/\p{Cc}+/gu, " ");
  return text.length > LONGEST_MESSAGE ? `${shown}…` : shown;
}
