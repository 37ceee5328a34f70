import {
  ENCODER_7BIT,
  ENCODER_BASE64,
  ENCODER_BASE64_FILE,
  ENCODER_NONE,
  ENCODER_QUOTED_PRINTABLE,
} from "../abi.ts";
import { base64Bound, base64Length, encodeBase64 } from "./base64.ts";
import { encodeQuotedPrintable, quotedPrintableBound } from "./quoted-printable.ts";
import { encodeSevenBit } from "./seven-bit.ts";

// The names that the `encoder` of a part may have, and their encoders. `binary` and `8bit` change only the header.
const NAMES: StaticArray<string> = ["binary", "8bit", "7bit", "base64", "quoted-printable"];
const ENCODERS: StaticArray<i32> = [
  ENCODER_NONE,
  ENCODER_NONE,
  ENCODER_7BIT,
  ENCODER_BASE64,
  ENCODER_QUOTED_PRINTABLE,
];

/** The row of the encoder with this name (ASCII, any case); -1 if the name is unknown, which is ignored. */
export function findEncoder(name: usize, len: i32): i32 {
  for (let row = 0; row < NAMES.length; row++) {
    if (isName(NAMES[row], name, len)) return row;
  }
  return -1;
}

/** The name of a row of `findEncoder` in the header Content-Transfer-Encoding: lower case, ASCII. */
export function encoderName(row: i32): string {
  return NAMES[row];
}

/** The ENCODER_* number of a row of `findEncoder`. */
export function encoderNumber(row: i32): i32 {
  return ENCODERS[row];
}

/** The exact number of bytes that an encoder makes of `length` bytes; -1 if it depends on the bytes. */
export function encodedLength(encoder: i32, length: i64): i64 {
  if (length < 0) return -1;
  switch (encoder) {
    case ENCODER_BASE64:
      return base64Length(false, length);
    case ENCODER_BASE64_FILE:
      return base64Length(true, length);
    case ENCODER_QUOTED_PRINTABLE:
      return length === 0 ? 0 : -1;
    default:
      return length;
  }
}

/**
 * The room that `encode` needs at `dst` for a chunk of `length` bytes, with any carried bytes; -1 if that is 2 GiB
 * or more. `encode` may overwrite all of it. It returns how many bytes of it are output.
 */
export function encodeBound(encoder: i32, length: i32): i32 {
  const bound = boundOf(encoder, length);
  return bound > i32.MAX_VALUE ? -1 : <i32>bound;
}

/**
 * Encodes the next `len` bytes of a body. The output does not depend on how a body is split into chunks.
 *
 * `state` has ENCODER_STATE_SIZE bytes. They are all zero at the start of a body, and again after the `last` chunk,
 * which may be empty. `dst` has `encodeBound` bytes, and must not overlap with `src` or `state`.
 *
 * Returns the number of bytes at `dst`. A negative result `r` is a failure: 7bit met a byte above 0x7f. Then the
 * `-1 - r` bytes before it are at `dst`, and the body cannot be continued.
 */
export function encode(encoder: i32, state: usize, src: usize, len: i32, last: bool, dst: usize): i32 {
  return encodeWith(true, encoder, state, src, len, last, dst);
}

/** `encode` without SIMD. It gives the same bytes. The tests and the bench compare `encode` with it. */
export function encodeScalar(encoder: i32, state: usize, src: usize, len: i32, last: bool, dst: usize): i32 {
  return encodeWith(false, encoder, state, src, len, last, dst);
}

function encodeWith(
  vectors: bool,
  encoder: i32,
  state: usize,
  src: usize,
  len: i32,
  last: bool,
  dst: usize,
): i32 {
  switch (encoder) {
    case ENCODER_7BIT:
      return encodeSevenBit(vectors, src, len, dst);
    case ENCODER_BASE64:
      return encodeBase64(false, vectors, state, src, len, last, dst);
    case ENCODER_BASE64_FILE:
      return encodeBase64(true, vectors, state, src, len, last, dst);
    case ENCODER_QUOTED_PRINTABLE:
      return encodeQuotedPrintable(vectors, state, src, len, last, dst);
    default:
      memory.copy(dst, src, len);
      return len;
  }
}

function boundOf(encoder: i32, length: i64): i64 {
  switch (encoder) {
    case ENCODER_BASE64:
      return base64Bound(false, length);
    case ENCODER_BASE64_FILE:
      return base64Bound(true, length);
    case ENCODER_QUOTED_PRINTABLE:
      return quotedPrintableBound(length);
    default:
      return length;
  }
}

function isName(name: string, ptr: usize, len: i32): bool {
  if (name.length !== len) return false;
  for (let i = 0; i < len; i++) {
    if (toLowerCase(load<u8>(ptr + i)) !== name.charCodeAt(i)) return false;
  }
  return true;
}

function toLowerCase(byte: i32): i32 {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
