import type { ByteString } from "./byte-string.ts";

const TAB = 0x09;
const CR = 0x0d;
const BLANK = 0x20;

/**
 * Removes the white space of C at both ends. Only ASCII counts: in a byte string, a byte of UTF-8 may look like white
 * space of Unicode.
 */
export function trimSpaces(text: ByteString): ByteString {
  return trim(text, (code) => code === BLANK || (code >= TAB && code <= CR));
}

/** Removes blanks and tabs at both ends. */
export function trimBlanks(text: ByteString): ByteString {
  return trim(text, (code) => code === BLANK || code === TAB);
}

/** It uses indexes, because a pattern (regex) for the end of a text scans the middle of the text again and again. */
function trim(text: ByteString, isOut: (code: number) => boolean): ByteString {
  let start = 0;
  let end = text.length;
  while (start < end && isOut(text.charCodeAt(start))) start++;
  while (end > start && isOut(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}
