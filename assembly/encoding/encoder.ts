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

// What a part's `encoder` may be called, and which encoder that is. `binary` and `8bit` change nothing but the header.
const NAMES: StaticArray<string> = ["binary", "8bit", "7bit", "base64", "quoted-printable"];
const ENCODERS: StaticArray<i32> = [
  ENCODER_NONE,
  ENCODER_NONE,
  ENCODER_7BIT,
  ENCODER_BASE64,
  ENCODER_QUOTED_PRINTABLE,
];

/** The row of the encoder with this name (ASCII, any case), or -1: unknown ones are ignored. */
export function findEncoder(name: usize, len: i32): i32 {
  for (let row = 0; row < NAMES.length; row++) {
    if (isName(NAMES[row], name, len)) return row;
  }
  return -1;
}

/** What a row of `findEncoder` is called in the header Content-Transfer-Encoding: lower case, ASCII. */
export function encoderName(row: i32): string {
  return NAMES[row];
}

/** The ENCODER_* number of a row of `findEncoder`. */
export function encoderNumber(row: i32): i32 {
  return ENCODERS[row];
}

/** How many bytes an encoder makes of `length` bytes, exactly; -1 if the length alone does not tell. */
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
 * The room that `encode` must have at `dst` for a chunk of `length` bytes, whatever was carried into it;
 * -1 if that is 2 GiB or more. `encode` may scribble over all of it, and returns how much is output.
 */
export function encodeBound(encoder: i32, length: i32): i32 {
  const bound = boundOf(encoder, length);
  return bound > i32.MAX_VALUE ? -1 : <i32>bound;
}

/**
 * Encodes the next `len` bytes of a body. Any split of a body into chunks gives the same bytes.
 *
 * `state`: ENCODER_STATE_SIZE bytes, all zero at the start of a body, and again after the `last` chunk
 * (which may be empty). `dst`: `encodeBound` bytes that overlap neither `src` nor `state`.
 *
 * Returns the number of bytes at `dst`. A negative result `r` is a failure, of 7bit that met a byte above
 * 0x7f: `-1 - r` bytes are at `dst`, those before it; the body cannot be gone on with.
 */
export function encode(encoder: i32, state: usize, src: usize, len: i32, last: bool, dst: usize): i32 {
  return encodeWith(true, encoder, state, src, len, last, dst);
}

/** `encode` without SIMD, to the same bytes: what the tests and the bench compare it with. */
export function encodeScalar(encoder: i32, state: usize, src: usize, len: i32, last: bool, dst: usize): i32 {
  return encodeWith(false, encoder, state, src, len, last, dst);
}

// A switch and not a table of functions: to Asyncify every indirect call may suspend.
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
