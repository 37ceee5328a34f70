import { encodeName, encodeU32 } from "../../host/guest/confine/bytes.ts";

// The parts of the binary format that are needed to write modules that an assembler would not write.

export type Part = number | readonly number[] | Uint8Array | string;

/** Joins parts. A text becomes a name, with its length before it. */
export function join(...parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === "number") return Buffer.from([part]);
      return typeof part === "string" ? encodeName(part) : Buffer.from(part);
    }),
  );
}

/** The same bytes, `count` times. */
export const repeat = (part: Part, count: number): Buffer => {
  const bytes = join(part);
  return Buffer.alloc(bytes.length * count, bytes);
};

export const u32 = (value: number): readonly number[] => encodeU32(value >>> 0);

export const vector = (...items: readonly Part[]): Buffer => join(u32(items.length), ...items);

export const sized = (...parts: readonly Part[]): Buffer => {
  const content = join(...parts);
  return join(u32(content.length), content);
};

export const section = (id: number, ...parts: readonly Part[]): Buffer => join(id, sized(...parts));

export const HEADER = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** All sections of a module, including custom sections between the others. */
export function sectionsOf(wasm: Uint8Array): { id: number; content: Buffer }[] {
  const bytes = Buffer.from(wasm);
  const sections: { id: number; content: Buffer }[] = [];
  for (let at = HEADER.length; at < bytes.length; ) {
    const id = bytes[at++] as number;
    let size = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      const byte = bytes[at++] as number;
      size += (byte & 0x7f) * 2 ** shift;
      more = byte >= 0x80;
    }
    sections.push({ id, content: bytes.subarray(at, at + size) });
    at += size;
  }
  return sections;
}

export function moduleOf(sections: readonly { id: number; content: Uint8Array }[]): Buffer {
  return Buffer.concat([HEADER, ...sections.map(({ id, content }) => section(id, content))]);
}
