/** What a value is, as the options and arguments see it: str and bin are both a string, both integers and floats a number. */
export enum Kind {
  Malformed,
  Nil,
  Bool,
  Number,
  String,
  Array,
  Map,
  Extension,
  Absent,
  File,
  FileBytes,
  X509,
  PrivateKey,
  StringReference,
  Other,
}

// The first byte of a MessagePack value (https://github.com/msgpack/msgpack/blob/master/spec.md):
// below 0xc0 and from 0xe0 on it holds the value or the length itself, between them these tables say what
// follows it: the size of a big-endian length field, or a payload of fixed length.
const FIRST: u8 = 0xc0;
const LAST: u8 = 0xdf;

// biome-ignore format: a row for eight first bytes
const KINDS: StaticArray<i32> = [
  Kind.Nil, Kind.Malformed, Kind.Bool, Kind.Bool, Kind.String, Kind.String, Kind.String, Kind.Extension,
  Kind.Extension, Kind.Extension, Kind.Number, Kind.Number, Kind.Number, Kind.Number, Kind.Number, Kind.Number,
  Kind.Number, Kind.Number, Kind.Number, Kind.Number, Kind.Extension, Kind.Extension, Kind.Extension, Kind.Extension,
  Kind.Extension, Kind.String, Kind.String, Kind.String, Kind.Array, Kind.Array, Kind.Map, Kind.Map,
];
// biome-ignore format: a row for eight first bytes
const LENGTH_SIZES: StaticArray<u8> = [
  0, 0, 0, 0, 1, 2, 4, 1,
  2, 4, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0,
  0, 1, 2, 4, 2, 4, 2, 4,
];
// biome-ignore format: a row for eight first bytes
const FIXED_LENGTHS: StaticArray<u8> = [
  0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 4, 8, 1, 2, 4, 8,
  1, 2, 4, 8, 1, 2, 4, 8,
  16, 0, 0, 0, 0, 0, 0, 0,
];

export function kindOf(first: u8): Kind {
  if (first >= FIRST && first <= LAST) return <Kind>unchecked(KINDS[first - FIRST]);
  if (first < 0x80 || first > LAST) return Kind.Number;
  if (first < 0x90) return Kind.Map;
  return first < 0xa0 ? Kind.Array : Kind.String;
}

/** Bytes of the length field behind the first byte. */
export function lengthSizeOf(first: u8): i32 {
  return first >= FIRST && first <= LAST ? unchecked(LENGTH_SIZES[first - FIRST]) : 0;
}

/** The length of what follows, where the first byte alone says it. */
export function fixedLengthOf(first: u8): i32 {
  if (first >= FIRST && first <= LAST) return unchecked(FIXED_LENGTHS[first - FIRST]);
  if (first < 0x80 || first > LAST) return 0;
  return first < 0xa0 ? first & 0x0f : first & 0x1f;
}
