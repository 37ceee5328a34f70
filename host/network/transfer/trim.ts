import type { ByteString } from "./byte-string.ts";

const TAB = 0x09;
const CR = 0x0d;
const BLANK = 0x20;

/** Less the white space of C at both ends. ASCII's only: in a byte string, a byte of UTF-8 may look like one of Unicode's. */
export function trimSpaces(text: ByteString): ByteString {
  return trim(text, (code) => code === BLANK || (code >= TAB && code <= CR));
}

/** Less the blanks and tabs at both ends. */
export function trimBlanks(text: ByteString): ByteString {
  return trim(text, (code) => code === BLANK || code === TAB);
}

/** By index: a pattern for the end of a text looks at its middle again and again. */
function trim(text: ByteString, isOut: (code: number) => boolean): ByteString {
  let start = 0;
  let end = text.length;
  while (start < end && isOut(text.charCodeAt(start))) start++;
  while (end > start && isOut(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
