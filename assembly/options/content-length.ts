import { Failure } from "../failure.ts";
import { Reader } from "../values/reader.ts";
import { concat, startsWithIgnoringCase, Text } from "../values/text.ts";
import { HeaderList } from "./header-list.ts";
import { HEADERS } from "./table.ts";

const NAME = "content-length";
/** 2^53 - 1. A double can hold every length up to this one. */
const MOST_BYTES: u64 = 9_007_199_254_740_991;
/** Maximum number of characters of a header that a message shows. */
const LONGEST_SHOWN: i32 = 80;

/**
 * Finds a Content-Length header whose value is not a length; null if there is none. With such a header, the body would
 * be framed in a way that the caller does not expect, and nothing would say so.
 */
export function findBadLength(reader: Reader, headers: usize): Failure | null {
  if (headers === 0) return null;
  const list = new HeaderList(reader, headers);
  while (list.next()) {
    const header = new Text(reader.ptr, reader.len);
    if (!isLength(header) || isWell(header)) continue;
    return Failure.option(
      HEADERS,
      concat("Bad ", HEADERS, ' value: "').concat(
        concat(header.show(LONGEST_SHOWN), '" has no whole number of bytes'),
      ),
    );
  }
  return null;
}

/** Whether the header's name is Content-Length. */
function isLength(header: Text): bool {
  const ptr = header.ptr;
  const len = header.len;
  if (!startsWithIgnoringCase(ptr, len, NAME)) return false;
  if (len === NAME.length) return true;
  const next = load<u8>(ptr + NAME.length);
  return next === 0x3a || next === 0x3b || next === 0x3d || isBlank(next);
}

/** Whether the value is digits, with blanks around them. Line breaks are refused elsewhere, for all headers. */
function isWell(header: Text): bool {
  if (header.hasLineBreak()) return true;
  let start = NAME.length;
  let end = header.len;
  if (start === end || load<u8>(header.ptr + start++) !== 0x3a) return false;
  while (start < end && isBlank(load<u8>(header.ptr + start))) start++;
  while (start < end && isBlank(load<u8>(header.ptr + end - 1))) end--;
  return start < end && isLengthText(header.ptr + start, header.ptr + end);
}

/** Whether the bytes are digits, zeros in front or not, of a number that a double can hold. */
function isLengthText(start: usize, end: usize): bool {
  let length: u64 = 0;
  for (let at = start; at < end; at++) {
    const byte = load<u8>(at);
    if (byte < 0x30 || byte > 0x39) return false;
    length = length * 10 + (byte - 0x30);
    if (length > MOST_BYTES) return false;
  }
  return true;
}

function isBlank(byte: u8): bool {
  return byte === 0x20 || byte === 0x09;
}
