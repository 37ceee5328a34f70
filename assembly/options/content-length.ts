import { Failure } from "../failure.ts";
import { Reader } from "../values/reader.ts";
import { startsWithIgnoringCase, Text } from "../values/text.ts";
import { HeaderList } from "./header-list.ts";
import { HEADERS } from "./table.ts";

const NAME = "content-length";
/** As many digits as a double holds whatever they are. */
const MOST_DIGITS: i32 = 15;
/** What is shown of a header. */
const LONGEST_SHOWN: i32 = 80;

/**
 * A header that is to say how long the body is, and does not: the body would go out framed in another way, without a word.
 * Null if there is none.
 */
export function findBadLength(reader: Reader, headers: usize): Failure | null {
  if (headers === 0) return null;
  const list = new HeaderList(reader, headers);
  while (list.next()) {
    const header = new Text(reader.ptr, reader.len);
    if (!isLength(header) || isWell(header)) continue;
    return Failure.option(
      HEADERS,
      `Bad ${HEADERS} value: "${header.show(LONGEST_SHOWN)}" has no whole number of bytes`,
    );
  }
  return null;
}

/** The name, and what ends a name. */
function isLength(header: Text): bool {
  const ptr = header.ptr;
  const len = header.len;
  if (!startsWithIgnoringCase(ptr, len, NAME)) return false;
  if (len === NAME.length) return true;
  const next = load<u8>(ptr + NAME.length);
  return next === 0x3a || next === 0x3b || next === 0x3d || isBlank(next);
}

/** Digits behind a colon, and blanks around them. A line break is refused with those of all other headers. */
function isWell(header: Text): bool {
  if (header.hasLineBreak()) return true;
  let start = NAME.length;
  let end = header.len;
  if (start === end || load<u8>(header.ptr + start++) !== 0x3a) return false;
  while (start < end && isBlank(load<u8>(header.ptr + start))) start++;
  while (start < end && isBlank(load<u8>(header.ptr + end - 1))) end--;
  if (start === end || end - start > MOST_DIGITS) return false;
  for (let i = start; i < end; i++) {
    const byte = load<u8>(header.ptr + i);
    if (byte < 0x30 || byte > 0x39) return false;
  }
  return true;
}

function isBlank(byte: u8): bool {
  return byte === 0x20 || byte === 0x09;
}
