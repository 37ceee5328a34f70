// The conversions of Web IDL, as far as this library needs them.
import { wellFormed } from "../seam/well-formed.ts";

/** USVString. @throws TypeError for a symbol */
export function toText(value: unknown): string {
  return wellFormed(`${value}`);
}

/** ByteString. @throws TypeError for a character above U+00FF */
export function toByteText(value: unknown): string {
  const text = `${value}`;
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > 0xff) throw new TypeError(`a character of "${text}" is above U+00FF`);
  return text;
}

/** A dictionary: an object, or nothing. */
export function toDictionary(value: unknown, what: string): Record<string, unknown> {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" || typeof value === "function") return value as Record<string, unknown>;
  throw new TypeError(`${what} is not an object`);
}

/** unsigned long long with [EnforceRange]. */
export function toNatural(value: unknown, what: string): number {
  const number = Math.trunc(Number(value));
  if (number >= 0 && number <= Number.MAX_SAFE_INTEGER) return number + 0;
  throw new TypeError(`${what} is not a whole number from 0`);
}

/** long long with [Clamp]. */
export function toClamped(value: unknown): number {
  const number = Number(value);
  if (Number.isNaN(number)) return 0;
  const clamped = Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, number));
  const floor = Math.floor(clamped);
  const isNearer = clamped - floor > 0.5 || (clamped - floor === 0.5 && floor % 2 !== 0);
  return floor + Number(isNearer);
}

/** unsigned short. */
export function toUnsignedShort(value: unknown): number {
  return (Number(value) >>> 0) & 0xffff;
}

export function requireArguments(given: number, least: number, what: string): void {
  if (given < least)
    throw new TypeError(`${what} needs ${least} argument${least === 1 ? "" : "s"}, and got ${given}`);
}

/** The pairs that a `sequence<sequence<T>>` or a `record<T, T>` has. */
export function pairsOf(value: object, toPart: (value: unknown) => string): [string, string][] {
  const iterate = (value as Iterable<unknown>)[Symbol.iterator];
  if (iterate !== undefined && iterate !== null) {
    if (typeof iterate !== "function") throw new TypeError("the iterator of the argument is no function");
    return Array.from(value as Iterable<unknown>, (pair) => pairOf(pair, toPart));
  }
  const pairs = new Map<string, string>();
  for (const key of Reflect.ownKeys(value)) {
    if (!Reflect.getOwnPropertyDescriptor(value, key)?.enumerable) continue;
    const name = toPart(key);
    pairs.set(name, toPart((value as Record<PropertyKey, unknown>)[key]));
  }
  return [...pairs];
}

function pairOf(value: unknown, toPart: (value: unknown) => string): [string, string] {
  if (typeof value !== "object" || value === null) throw new TypeError("a pair is no sequence");
  const parts = Array.from(value as Iterable<unknown>, toPart);
  if (parts.length !== 2) throw new TypeError(`a pair has ${parts.length} members instead of 2`);
  return parts as [string, string];
}

/** Reports what nobody catches, as the engine does with a promise that nobody handles. */
export function report(error: unknown): void {
  void Promise.reject(error);
}
