import { type ByteReader, refused } from "./bytes.ts";
import { readMemoryIndex, skipConstant } from "./instructions.ts";
import { MOST } from "./limits.ts";
import { readReferenceType, readValueType, type ValueType } from "./types.ts";

/** The kinds of imports and exports, by their bytes. */
export const KINDS = ["function", "table", "memory", "global"] as const;
const NO_MAXIMUM = 0xffffffff;

/** Pages of a memory or elements of a table: the number at the start, and the maximum. */
export interface SizeLimits {
  readonly initial: number;
  readonly maximum: number;
}

export interface Global {
  readonly type: ValueType | "other";
  readonly mutable: boolean;
  /** Number of instructions that compute the first value. */
  readonly constants: number;
}

export interface Export {
  readonly name: string;
  readonly kind: (typeof KINDS)[number];
  readonly index: number;
}

/** Data or elements that are written whenever an instance is made. */
export interface Segment {
  /** Number of elements for tables. */
  readonly elements: number;
  /** Number of instructions that compute the elements and their place. */
  readonly constants: number;
}

export function readTable(reader: ByteReader): SizeLimits {
  readReferenceType(reader);
  return readSizeLimits(reader);
}

export function readSizeLimits(reader: ByteReader): SizeLimits {
  const flags = reader.u8();
  if (flags > 1) throw refused("has a memory or a table that is shared or of 64 bits");
  const initial = reader.u32();
  return { initial, maximum: flags === 1 ? reader.u32() : NO_MAXIMUM };
}

export function readGlobal(reader: ByteReader): Global {
  const type = readValueType(reader);
  const flags = reader.u8();
  if (flags > 1) throw refused("has a global that is shared, or of an unknown kind");
  return { type, mutable: flags === 1, constants: skipConstant(reader) };
}

export function readExport(reader: ByteReader): Export {
  const name = reader.name(MOST.nameBytes);
  const kind = KINDS[reader.u8()];
  if (kind === undefined) throw refused(`exports "${name}", which is of an unknown kind`);
  return { name, kind, index: reader.u32() };
}

/** Bits of the number at the start of an element segment. */
const IS_PASSIVE = 1;
/** The segment names its table. A passive segment with this bit only declares functions. */
const HAS_INDEX = 2;
/** The elements are computed. Otherwise they are indices of functions. */
const IS_COMPUTED = 4;
const KIND_OF_FUNCTIONS = 0;

export function readElementSegment(reader: ByteReader): Segment {
  const flags = reader.u32();
  if (flags > (IS_PASSIVE | HAS_INDEX | IS_COMPUTED))
    throw refused("has an element segment of an unknown kind");
  let constants = 0;
  if ((flags & IS_PASSIVE) === 0) {
    if ((flags & HAS_INDEX) !== 0) reader.u32();
    constants += skipConstant(reader);
  }
  const isComputed = (flags & IS_COMPUTED) !== 0;
  if ((flags & (IS_PASSIVE | HAS_INDEX)) !== 0) {
    if (isComputed) readReferenceType(reader);
    else if (reader.u8() !== KIND_OF_FUNCTIONS)
      throw refused("has an element segment of what are no functions");
  }
  const elements = reader.count(MOST.segmentElements);
  for (let left = elements; left > 0; left--) {
    if (isComputed) constants += skipConstant(reader);
    else reader.u32();
  }
  return { elements, constants };
}

/** There are three kinds: with a place; passive; and with a place in a memory that the segment names. */
export function readDataSegment(reader: ByteReader): Segment {
  const flags = reader.u32();
  if (flags > 2) throw refused("has a data segment of an unknown kind");
  if (flags === 2) readMemoryIndex(reader);
  const constants = flags === 1 ? 0 : skipConstant(reader);
  reader.skip(reader.u32());
  return { elements: 0, constants };
}
