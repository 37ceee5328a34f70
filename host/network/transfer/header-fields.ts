import type { ByteString } from "./byte-string.ts";

/**
 * The value of the first field of that name that `isWanted`; null if there is none.
 *
 * @param fields Name, value, name, value, …
 * @param name In lower case.
 */
export function findHeader(
  fields: readonly (ByteString | Buffer)[],
  name: string,
  isWanted: (value: ByteString) => boolean = () => true,
): ByteString | null {
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const key = fields[index];
    if (key?.length !== name.length || toText(key).toLowerCase() !== name) continue;
    const value = toText(fields[index + 1] ?? "");
    if (isWanted(value)) return value;
  }
  return null;
}

function toText(value: ByteString | Buffer): ByteString {
  return typeof value === "string" ? value : value.toString("latin1");
}

/** The first value that is not blank, trimmed; null if there is none. `name` in lower case. */
export function findValue(rawHeaders: readonly Buffer[], name: string): string | null {
  const value = findHeader(rawHeaders, name, (one) => trimBlanks(one) !== "");
  return value === null ? null : trimBlanks(value);
}

/** Without ASCII's blanks at both ends; others would be bytes of UTF-8. Takes no more time than the text is long. */
export function trimBlanks(text: ByteString): ByteString {
  return trim(text, isBlank);
}

/** Without spaces and tabs at both ends, see `trimBlanks`. */
export function trimSpaces(text: ByteString): ByteString {
  return trim(text, isSpace);
}

function trim(text: ByteString, isTrimmed: (code: number) => boolean): ByteString {
  let start = 0;
  let end = text.length;
  while (start < end && isTrimmed(text.charCodeAt(start))) start++;
  while (end > start && isTrimmed(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
