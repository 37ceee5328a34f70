import { type ByteReader, refused } from "./bytes.ts";
import { MOST } from "./limits.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64";

/** The block type without parameters and results. It is negative, like all block types that are not an index. */
export const NO_RESULT = -64;

/**
 * The value types by their bytes. All others are refused: a type that only V8 knows may have more bytes, which we would
 * read as instructions. A parameter that the host sees, or a saved global, cannot be a vector or a reference.
 */
const VALUE_TYPES: Readonly<Record<number, ValueType | "other">> = {
  127: "i32",
  126: "i64",
  125: "f32",
  124: "f64",
  123: "other",
  112: "other",
  111: "other",
};
const FUNCREF = 0x70;
const EXTERNREF = 0x6f;
const FUNCTION_TYPE = 0x60;

export interface Signature {
  readonly parameters: readonly (ValueType | "other")[];
  readonly results: readonly (ValueType | "other")[];
}

/** Reads a function type in the type section. @throws HttpBackgroundError BAD_MODULE for any other type */
export function readSignature(reader: ByteReader): Signature {
  if (reader.u8() !== FUNCTION_TYPE) throw refused("has a type that is no function");
  return {
    parameters: reader.vector(MOST.parameters, () => readValueType(reader)),
    results: reader.vector(MOST.parameters, () => readValueType(reader)),
  };
}

/** @throws HttpBackgroundError BAD_MODULE for an unknown type */
export function readValueType(reader: ByteReader): ValueType | "other" {
  return valueTypeOf(reader.u8());
}

/** Reads the type of a table's elements, or of null. Both types have one byte, wherever a reference type may be. */
export function readReferenceType(reader: ByteReader): void {
  const byte = reader.u8();
  if (byte !== FUNCREF && byte !== EXTERNREF) throw unknown("a reference type", byte);
}

/**
 * Reads the type of a block. It is the index of a type of the module, in as few bytes as possible; or a negative number
 * of one byte, which is a value type or `NO_RESULT`.
 */
export function readBlockType(reader: ByteReader): number {
  const first = reader.u8();
  if (first < 0x40) return first;
  if (first >= 0x80) return readTypeIndex(reader, first);
  const type = first - 0x80;
  if (type !== NO_RESULT) valueTypeOf(first);
  return type;
}

/** Reads a signed number that is positive. In its last byte, the bit with the value 64 is the sign. */
function readTypeIndex(reader: ByteReader, first: number): number {
  let value = first & 0x7f;
  let before = first;
  for (let shift = 7; shift < 28; shift += 7) {
    const byte = reader.u8();
    value |= (byte & 0x7f) << shift;
    if (byte < 0x40 && (byte !== 0 || (before & 0x40) !== 0)) return value;
    if (byte < 0x80) break;
    before = byte;
  }
  throw refused("has a block type in more bytes than it needs, or one that is not supported");
}

function valueTypeOf(byte: number): ValueType | "other" {
  const type = VALUE_TYPES[byte];
  if (type === undefined) throw unknown("a value type", byte);
  return type;
}

function unknown(what: string, byte: number): Error {
  return refused(`has ${what} 0x${byte.toString(16).padStart(2, "0")}, which is not supported`);
}
