import { ByteReader, encodeU32 } from "./bytes.ts";
import type { ModuleReader } from "./module-reader.ts";
import { MAGIC } from "./sections.ts";

/** Writes a module, section by section. */
export class ModuleWriter {
  readonly #chunks: Buffer[] = [MAGIC];
  #written = MAGIC.length;

  /** Adds a section, if it has content. @returns The offset of the content in the module */
  add(id: number, content: Buffer | undefined): number {
    if (content === undefined) return this.#written;
    const head = Buffer.from([id, ...encodeU32(content.length)]);
    this.#chunks.push(head, content);
    const start = this.#written + head.length;
    this.#written = start + content.length;
    return start;
  }

  finish(): Buffer<ArrayBuffer> {
    return Buffer.concat(this.#chunks);
  }
}

/** The items of a section that is a vector. There are none if there is no such section. */
export function itemsOf(source: ModuleReader, id: number): { count: number; bytes: Buffer } {
  const content = source.content(id);
  if (content === undefined) return { count: 0, bytes: Buffer.alloc(0) };
  const reader = new ByteReader(content);
  const count = reader.u32();
  return { count, bytes: content.subarray(reader.pos) };
}
