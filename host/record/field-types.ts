import type { Fields } from "../guest/wire/message-pack-reader.ts";
import type { ByteString } from "../network/transfer/byte-string.ts";

// What a field of a record must be. Each of these throws a TypeError if the value is something else.

/** The text of bytes. */
export function readText(value: unknown): ByteString {
  return asBytes(value).toString("latin1");
}

export function asText(value: unknown): ByteString {
  if (typeof value !== "string") throw new TypeError(`not a text: ${String(value)}`);
  return value;
}

export function asOptionalText(value: unknown): ByteString | null {
  return value === undefined ? null : asText(value);
}

export function readNumber(value: unknown, otherwise: number): number {
  if (value === undefined) return otherwise;
  if (typeof value !== "number") throw new TypeError(`not a number: ${String(value)}`);
  return value;
}

export function readBoolean(value: unknown, otherwise: boolean): boolean {
  if (value === undefined) return otherwise;
  if (typeof value !== "boolean") throw new TypeError(`not a boolean: ${String(value)}`);
  return value;
}

function asBytes(value: unknown): Buffer {
  if (!Buffer.isBuffer(value)) throw new TypeError(`not bytes: ${String(value)}`);
  return value;
}

export function asList(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError(`not a list: ${String(value)}`);
  return value;
}

export function asFields(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("not a map");
  return value as Fields;
}
