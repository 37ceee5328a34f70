import type { ByteString } from "../transfer/byte-string.ts";
import { trimSpaces } from "../transfer/header-fields.ts";

/**
 * Headers as AWS Signature Version 4 signs them: names in lower case, runs of blanks as one. Sorted by the whole line and with
 * duplicates on lines of their own, as libcurl had it before 8.13.
 */
export function canonicalHeaders(headers: readonly (readonly [name: ByteString, value: ByteString])[]): {
  /** Each ends with a line feed. */
  lines: ByteString;
  /** Between semicolons. */
  names: ByteString;
} {
  const lines = headers.map(([name, value]) => `${name.toLowerCase()}:${foldBlanks(value)}`).sort(byBytes);
  return {
    lines: lines.map((line) => `${line}\n`).join(""),
    names: lines.map((line) => line.slice(0, line.indexOf(":"))).join(";"),
  };
}

function foldBlanks(value: ByteString): ByteString {
  return trimSpaces(value).replace(/[ \t]+/g, " ");
}

function byBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
