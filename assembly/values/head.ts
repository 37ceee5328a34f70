/**
 * The kind of a value, for options and arguments. str and bin are both a string; integers and floats are both a number.
 */
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

// The first byte of a MessagePack value (https://github.com/msgpack/msgpack/blob/master/spec.md). Below 0xc0 and from
// 0xe0 on, it contains the value or the length itself. For the bytes between, these tables say what follows: the size
// of a big-endian length field, or a payload of fixed length.
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

/** Size of the length field after the first byte. */
export function lengthSizeOf(first: u8): i32 {
  return first >= FIRST && first <= LAST ? unchecked(LENGTH_SIZES[first - FIRST]) : 0;
}

/** The length of what follows, if only the first byte decides it. */
export function fixedLengthOf(first: u8): i32 {
  if (first >= FIRST && first <= LAST) return unchecked(FIXED_LENGTHS[first - FIRST]);
  if (first < 0x80 || first > LAST) return 0;
  return first < 0xa0 ? first & 0x0f : first & 0x1f;
}
