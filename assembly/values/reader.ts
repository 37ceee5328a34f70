import {
  EXT_ABSENT,
  EXT_FILE,
  EXT_FILE_BYTES,
  EXT_PRIVATE_KEY,
  EXT_STRING,
  EXT_X509,
  HANDLE_SIZE,
  MAX_DEPTH,
  MAX_VALUES,
  SIZED_HANDLE_SIZE,
} from "../abi.ts";
import { fixedLengthOf, Kind, kindOf, lengthSizeOf } from "./head.ts";

/**
 * Reads MessagePack in place, one value after the other. It gives strings as pointer and length.
 *
 * `isWellFormed` must be called first, and must have returned true. The other methods check nothing.
 */
export class Reader {
  /** `ptr` and `len` of the last string, handle or container that was read. */
  ptr: usize = 0;
  len: i32 = 0;
  handle: u32 = 0;
  /** Size in bytes of the value of the handle; negative if it is not known. */
  size: f64 = 0;
  private values: i32 = 0;

  constructor(
    public pos: usize,
    readonly end: usize,
  ) {}

  /**
   * Whether the bytes are exactly one value, no length goes beyond them, and depth and number of values are allowed.
   */
  isWellFormed(): bool {
    const start = this.pos;
    this.values = 0;
    const isWell = this.check(0) && this.pos === this.end;
    this.pos = start;
    return isWell;
  }

  kind(): Kind {
    const first = load<u8>(this.pos);
    const kind = kindOf(first);
    return kind === Kind.Extension ? extensionKind(load<i8>(this.pos + 1 + lengthSizeOf(first))) : kind;
  }

  /** Returns the number of elements of an array, or of pairs of a map. Moves to the first of them. */
  enter(): i32 {
    return this.readLength();
  }

  readBool(): bool {
    return load<u8>(this.pos++) === 0xc3;
  }

  readNumber(): f64 {
    const first = load<u8>(this.pos);
    const ptr = this.pos + 1;
    this.skip();
    if (first < 0x80) return <f64>first;
    return first >= 0xe0 ? <f64>(<i8>first) : loadNumber(first, ptr);
  }

  /** Moves after a string, or after a File of bytes, and sets `ptr` and `len`. */
  readString(): void {
    this.len = this.readLength();
    this.ptr = this.pos;
    this.pos += this.len;
  }

  /** Moves after a File, a certificate, a key or a string by reference, and sets `handle` and `size`. */
  readHandle(): void {
    const length = this.readLength();
    this.handle = load<u32>(this.pos);
    this.size = length === SIZED_HANDLE_SIZE ? load<f64>(this.pos, HANDLE_SIZE) : -1;
    this.pos += length;
  }

  /** Moves after one value of any kind. */
  skip(): void {
    let left = 1;
    while (left > 0) {
      const kind = kindOf(load<u8>(this.pos));
      const length = this.readLength();
      left--;
      if (kind === Kind.Array) left += length;
      else if (kind === Kind.Map) left += length * 2;
      else this.pos += length;
    }
  }

  /**
   * Moves after the head of a value: its first byte, the length field, the type of an extension.
   * Returns how many bytes, elements or pairs follow.
   */
  private readLength(): i32 {
    const first = load<u8>(this.pos);
    const ptr = this.pos + 1;
    const size = lengthSizeOf(first);
    this.pos = ptr + size + <i32>(kindOf(first) === Kind.Extension);
    if (size === 0) return fixedLengthOf(first);
    if (size === 1) return load<u8>(ptr);
    return size === 2 ? bswap(load<u16>(ptr)) : bswap(load<u32>(ptr));
  }

  private check(depth: i32): bool {
    if (depth > MAX_DEPTH || ++this.values > MAX_VALUES || this.pos >= this.end) return false;
    const first = load<u8>(this.pos);
    const kind = kindOf(first);
    const type = this.pos + 1 + lengthSizeOf(first);
    if (kind === Kind.Malformed || type + <i32>(kind === Kind.Extension) > this.end) return false;
    const length = <u32>this.readLength();
    // Each element has at least one byte, so a count larger than the remaining bytes is wrong.
    if (length > <u32>(this.end - this.pos)) return false;
    if (kind === Kind.Array) return this.checkAll(length, depth);
    if (kind === Kind.Map) return this.checkAll(length, depth) && this.checkAll(length, depth);
    if (kind === Kind.Extension && !isExtensionLength(load<i8>(type), length)) return false;
    this.pos += length;
    return true;
  }

  private checkAll(count: u32, depth: i32): bool {
    for (let i: u32 = 0; i < count; i++) {
      if (!this.check(depth + 1)) return false;
    }
    return true;
  }
}

function loadNumber(first: u8, ptr: usize): f64 {
  switch (first) {
    case 0xca:
      return reinterpret<f32>(bswap(load<u32>(ptr)));
    case 0xcb:
      return reinterpret<f64>(bswap(load<u64>(ptr)));
    case 0xcc:
      return <f64>load<u8>(ptr);
    case 0xcd:
      return <f64>bswap(load<u16>(ptr));
    case 0xce:
      return <f64>bswap(load<u32>(ptr));
    case 0xcf:
      return <f64>bswap(load<u64>(ptr));
    case 0xd0:
      return <f64>load<i8>(ptr);
    case 0xd1:
      return <f64>(<i16>bswap(load<u16>(ptr)));
    case 0xd2:
      return <f64>(<i32>bswap(load<u32>(ptr)));
    default:
      return <f64>(<i64>bswap(load<u64>(ptr)));
  }
}

function extensionKind(type: i32): Kind {
  switch (type) {
    case EXT_ABSENT:
      return Kind.Absent;
    case EXT_FILE:
      return Kind.File;
    case EXT_FILE_BYTES:
      return Kind.FileBytes;
    case EXT_X509:
      return Kind.X509;
    case EXT_PRIVATE_KEY:
      return Kind.PrivateKey;
    case EXT_STRING:
      return Kind.StringReference;
    default:
      return Kind.Other;
  }
}

function isExtensionLength(type: i32, length: u32): bool {
  if (type === EXT_FILE || type === EXT_STRING) return length === SIZED_HANDLE_SIZE;
  if (type === EXT_X509 || type === EXT_PRIVATE_KEY) return length === HANDLE_SIZE;
  return true;
}
