import { MAX_VALUES } from "../../assembly/abi.ts";
import { isFile } from "../api/file.ts";

/** The members that can be read without calling a getter, one by one; none of an array with more than a call may have. */
export function* entriesOf(value: unknown): Generator<readonly [name: string, value: unknown]> {
  if (Array.isArray(value) && value.length > MAX_VALUES) return;
  if (value instanceof Map)
    for (const [name, inner] of Map.prototype.entries.call(value)) yield [String(name), inner];
  else for (const name of Object.keys(Object(value))) yield [name, valueIn(value, name)];
}

/** One of these members. */
export function valueIn(value: unknown, name: string): unknown {
  if (value instanceof Map) return Map.prototype.get.call(value, name);
  return Object.getOwnPropertyDescriptor(Object(value), name)?.value;
}

/** A number that is not finite is a mistake, and throws. */
export function isFiniteNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** The integer that C makes of a number. A number that does not fit into 64 bits becomes less than all integers. */
export function wholeOf(value: number): number {
  return Math.abs(value) < 2 ** 63 ? Math.trunc(value) + 0 : Number.NEGATIVE_INFINITY;
}

/**
 * Whether curl sends the line, or removes a default header for it. curl drops a line that begins with a colon. A line
 * without a colon must end with a semicolon, and must have no other semicolon.
 */
export function isHeader(entry: string): boolean {
  const colon = entry.indexOf(":");
  if (colon >= 0) return colon > 0;
  return entry.length > 1 && entry.indexOf(";") === entry.length - 1;
}

export function isBytes(value: unknown): value is ArrayBufferView | ArrayBuffer {
  return ArrayBuffer.isView(value) || value instanceof ArrayBuffer;
}

export function isFileLike(value: unknown): boolean {
  return typeof value === "object" && value !== null && isFile(value);
}

export function textOf(value: unknown): string {
  return typeof value === "string" ? value : Buffer.from(value as Uint8Array).toString("latin1");
}

/** Whether its members are what they seem to be: a `Headers`, for example, has none. */
export function isListLike(value: object): boolean {
  if (Array.isArray(value) || value instanceof Map) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** A header as `fetch` takes them. */
export function isPair(entry: unknown): boolean {
  return Array.isArray(entry);
}
