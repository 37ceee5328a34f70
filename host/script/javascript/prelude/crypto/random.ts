import { host } from "../seam/host.ts";

/** Web Cryptography §10.1.1. */
const MOST_BYTES = 65_536;

const INTEGER_ARRAYS = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  BigInt64Array,
  BigUint64Array,
];

export function getRandomValues<T>(array: T): T {
  if (!isIntegerArray(array)) throw new DOMException("the array has no integers", "TypeMismatchError");
  const { buffer, byteOffset, byteLength } = array;
  if (byteLength > MOST_BYTES)
    throw new DOMException(`${byteLength} bytes are more than ${MOST_BYTES}`, "QuotaExceededError");
  new Uint8Array(buffer, byteOffset, byteLength).set(new Uint8Array(host.random(byteLength)));
  return array;
}

function isIntegerArray(value: unknown): value is Uint8Array {
  return INTEGER_ARRAYS.some((type) => value instanceof type);
}

/** A UUID of version 4 (RFC 9562 §5.4). */
export function randomUUID(): string {
  const bytes = new Uint8Array(host.random(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** The state of `Math.random`; undefined before it has a seed. */
let state: Uint32Array | undefined;

/** Called at the beginning of each run. */
export function forgetSeed(): void {
  state = undefined;
}

/** Replaces `Math.random`: the engine's own would give the same numbers in each run. */
export function random(): number {
  state ??= new Uint32Array(host.random(16));
  const high = next(state) >>> 5;
  const low = next(state) >>> 6;
  return (high * 67_108_864 + low) / 9_007_199_254_740_992;
}

/** xoshiro128** 1.1 of Blackman and Vigna. */
function next(s: Uint32Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = s;
  const result = Math.imul(rotate(Math.imul(b, 5), 7), 9);
  const third = c ^ a;
  const fourth = d ^ b;
  s[0] = a ^ fourth;
  s[1] = b ^ third;
  s[2] = third ^ (b << 9);
  s[3] = rotate(fourth, 11);
  return result;
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
