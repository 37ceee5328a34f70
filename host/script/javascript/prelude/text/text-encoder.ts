import { type Bytes, encode } from "../seam/bytes.ts";

export class TextEncoder {
  get encoding(): string {
    return "utf-8";
  }

  encode(text: unknown = ""): Bytes {
    return encode(`${text}`);
  }

  encodeInto(source: unknown, destination: Uint8Array): { read: number; written: number } {
    if (!(destination instanceof Uint8Array)) throw new TypeError("the destination is no Uint8Array");
    const text = `${source}`;
    let read = 0;
    let written = 0;
    for (const character of text) {
      const size = sizeOf(character.codePointAt(0) as number);
      if (written + size > destination.length) break;
      written += size;
      read += character.length;
    }
    destination.set(encode(text.slice(0, read)));
    return { read, written };
  }
}

/** In UTF-8. */
function sizeOf(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
}
