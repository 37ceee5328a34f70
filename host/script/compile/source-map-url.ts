import { ByteReader, encodeName, encodeU32 } from "../../guest/confine/bytes.ts";
import { MOST } from "../../guest/confine/limits.ts";

/** Number of bytes before the first section. */
const HEADER = 8;
const CUSTOM = 0;
const NAME = "sourceMappingURL";

/**
 * Adds the URL of the source map to the module. Everything before it keeps its position, because the map needs this.
 */
export function withSourceMapUrl(wasm: Uint8Array, url: string): Buffer {
  const given = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength);
  const kept = listSections(given).filter(({ name }) => name !== NAME);
  const body = Buffer.concat([encodeName(NAME), encodeName(url)]);
  const added = Buffer.concat([Buffer.from([CUSTOM, ...encodeU32(body.length)]), body]);
  const sections = kept.map(({ start, end }) => given.subarray(start, end));
  return Buffer.concat([given.subarray(0, HEADER), ...sections, added]);
}

function listSections(bytes: Buffer): { start: number; end: number; name: string | undefined }[] {
  const reader = new ByteReader(bytes, HEADER);
  const sections: { start: number; end: number; name: string | undefined }[] = [];
  while (!reader.isAtEnd) {
    const start = reader.pos;
    const isCustom = reader.u8() === CUSTOM;
    const size = reader.u32();
    const end = reader.pos + size;
    const name = isCustom ? new ByteReader(bytes, reader.pos, end).name(MOST.nameBytes) : undefined;
    reader.skip(size);
    sections.push({ start, end, name });
  }
  return sections;
}
