import type { ByteString } from "../transfer/byte-string.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import { trimBlanks } from "../transfer/trim.ts";

/** Headers in the form that is signed. */
export interface CanonicalHeaders {
  /** Each ends with a line feed. */
  readonly lines: ByteString;
  /** With semicolons between them. */
  readonly names: ByteString;
}

/**
 * Headers as libcurl signs them: names in lower case, and one blank for several. As in libcurl before 8.13, they are
 * sorted by the whole line, and each duplicate has its own line.
 */
export function canonicalHeaders(headers: readonly NamedValue[]): CanonicalHeaders {
  const lines = headers.map(([name, value]) => `${name.toLowerCase()}:${foldBlanks(value)}`).sort(byBytes);
  return {
    lines: lines.map((line) => `${line}\n`).join(""),
    names: lines.map((line) => line.slice(0, line.indexOf(":"))).join(";"),
  };
}

const FOLDABLE = /[ \t]{2}|\t/;
const [SPACE, TAB] = [0x20, 0x09];

/** Removes blanks at both ends, and replaces several blanks by one. */
export function foldBlanks(value: ByteString): ByteString {
  const text = trimBlanks(value);
  return FOLDABLE.test(text) ? foldEach(text) : text;
}

/** Byte by byte, because a pattern takes a hundred times as long where there are very many blanks. */
function foldEach(text: ByteString): ByteString {
  const bytes = Buffer.from(text, "latin1");
  let length = 0;
  let wasBlank = false;
  for (const byte of bytes) {
    const isBlank = byte === SPACE || byte === TAB;
    if (!isBlank) bytes[length++] = byte;
    else if (!wasBlank) bytes[length++] = SPACE;
    wasBlank = isBlank;
  }
  return bytes.toString("latin1", 0, length);
}

/** Compares as unsigned bytes. */
export function byBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
