import { ByteReader, checkLimit, malformed, refused } from "./bytes.ts";
import { MOST } from "./limits.ts";

/** The ids of the sections of a module. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
} as const;

/** The order of the sections. Each may appear once. Custom sections may be anywhere. */
export const SECTION_ORDER: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11];

export const MAGIC = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);

/** The position of the content of a section in the module. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/**
 * The sections of a module by their ids. Custom sections are dropped: engines look in them for hints, and for names,
 * which would appear in stack traces.
 *
 * @throws HttpBackgroundError BAD_MODULE if it has other sections, or the same section twice, or another order
 */
export function findSections(bytes: Buffer): ReadonlyMap<number, Place> {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw malformed("it does not begin as version 1 does");
  const places = new Map<number, Place>();
  const reader = new ByteReader(bytes, MAGIC.length);
  let last = -1;
  let custom = 0;
  while (!reader.isAtEnd) {
    const id = reader.u8();
    const size = reader.u32();
    const start = reader.pos;
    reader.skip(size);
    if (id === SECTION.custom) {
      checkLimit(++custom, MOST.customSections);
      continue;
    }
    const order = SECTION_ORDER.indexOf(id);
    if (order < 0) throw refused(`has a section ${id}, which scripts may not have`);
    if (order <= last) throw malformed(`section ${id} is not where it belongs`);
    last = order;
    places.set(id, { start, end: reader.pos });
  }
  return places;
}
