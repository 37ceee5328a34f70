import { random } from "../http_background.ts";
import { Text } from "../values/text.ts";

const DASHES: i32 = 24;
const RANDOM: i32 = 22;
const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/**
 * The largest multiple of the alphabet's size that fits into a byte. A larger byte would make the first letters more
 * likely.
 */
const FAIR: i32 = 248;

/** A new boundary, as in libcurl since 8.4.0: 24 dashes and 22 letters and digits (RFC 2046 §5.1.1 allows 70). */
export function makeBoundary(): Text {
  const ptr = heap.alloc(DASHES + RANDOM);
  memory.fill(ptr, 0x2d, DASHES);
  let done = 0;
  while (done < RANDOM) {
    const at = ptr + DASHES + done;
    random(at, RANDOM - done);
    done += keepFair(at, RANDOM - done);
  }
  return new Text(ptr, DASHES + RANDOM);
}

/** Turns random bytes into letters, and drops those above FAIR. Returns how many are left. */
function keepFair(ptr: usize, len: i32): i32 {
  let kept = 0;
  for (let i = 0; i < len; i++) {
    const byte = <i32>load<u8>(ptr + i);
    if (byte < FAIR) store<u8>(ptr + kept++, <u8>ALPHABET.charCodeAt(byte % ALPHABET.length));
  }
  return kept;
}
