import type { ByteString } from "./byte-string.ts";
import { trimSpaces } from "./trim.ts";

/** The fields of a head: name, value, name, value, … Bytes, or one character a byte. */
export type RawFields = readonly (ByteString | Buffer)[];

/** A header, name and value. */
export type NamedValue = readonly [name: ByteString, value: ByteString];

/**
 * The value of the first field with this name for which `isWanted` is true; null if there is none.
 *
 * @param name In lower case.
 */
export function findHeader(
  fields: RawFields,
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

/** The first value that is not blank, trimmed; null if there is none. `name` is in lower case. */
export function findValue(fields: RawFields, name: string): string | null {
  const value = findHeader(fields, name, (one) => trimSpaces(one) !== "");
  return value === null ? null : trimSpaces(value);
}
