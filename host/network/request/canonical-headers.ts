import type { ByteString } from "../transfer/byte-string.ts";
import { trimBlanks } from "../transfer/trim.ts";
import type { NamedValue } from "./headers.ts";

/** Headers as a signature covers them. */
export interface CanonicalHeaders {
  /** Each ends with a line feed. */
  readonly lines: ByteString;
  /** Between semicolons. */
  readonly names: ByteString;
}

/**
 * Headers as libcurl signs them: names in lower case, runs of blanks as one. Sorted by the whole line and with duplicates on
 * lines of their own, as it had it before 8.13.
 */
export function canonicalHeaders(headers: readonly NamedValue[]): CanonicalHeaders {
  const lines = headers.map(([name, value]) => `${name.toLowerCase()}:${foldBlanks(value)}`).sort(byBytes);
  return {
    lines: lines.map((line) => `${line}\n`).join(""),
    names: lines.map((line) => line.slice(0, line.indexOf(":"))).join(";"),
  };
}

/** Less the blanks at both ends, and one for each run of them. */
export function foldBlanks(value: ByteString): ByteString {
  return trimBlanks(value).replace(/[ \t]+/g, " ");
}

/** As unsigned bytes. */
export function byBytes(a: ByteString, b: ByteString): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
