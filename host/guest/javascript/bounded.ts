import { encodeU32 } from "../confine/bytes.ts";
import { ModuleReader } from "../confine/module-reader.ts";
import { ModuleWriter } from "../confine/module-writer.ts";
import { SECTION, SECTION_ORDER } from "../confine/sections.ts";

/** A module whose memory has a maximum, in pages. Nothing else is changed. */
export function boundMemory(bytes: Buffer, memoryPages: number): Buffer<ArrayBuffer> {
  const source = new ModuleReader(bytes);
  const initial = source.memories[0]?.initial ?? 0;
  const memory = Buffer.from([1, 1, ...encodeU32(initial), ...encodeU32(Math.max(initial, memoryPages))]);
  const writer = new ModuleWriter();
  for (const id of SECTION_ORDER) writer.add(id, id === SECTION.memory ? memory : source.content(id));
  return writer.finish();
}
