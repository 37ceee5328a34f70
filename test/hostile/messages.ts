import { encode } from "@msgpack/msgpack";
import type { Random } from "./random.ts";

/** The target of calls that the server answers at once. */
export interface Target {
  readonly url: string;
}

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
};
const text = (value: string): Buffer => Buffer.from(encode(value));
const join = (...parts: (number | Uint8Array)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : part)));

const FLOATS = [Number.NaN, Infinity, -Infinity, -0, 1e300, -1e300, 5e-324, 2 ** 31, 2 ** 53, -1, 0.5];
const COUNTS = [0, 1, 15, 16, 255, 65_535, 65_536, 0x7fffffff, 0x80000000, 0xffffffff];
const LENGTHS = [0, 1, 3, 4, 5, 11, 12, 13, 255];
const OPTIONS = [
  "tls_verify_peer",
  "tls_verify_host",
  "tls_client_cert",
  "tls_verify_cert",
  "timeout",
  "connect_timeout",
  "max_file_size",
  "encoder",
  "proxy",
  "method",
  "sourceip",
  "username",
  "password",
  "aws_sigv4",
  "redirects",
  "headers",
  "__proto__",
  "constructor",
  "",
] as const;
const FIELDS = ["data", "type", "filename", "encoder", "x509", "privatekey", "chain", "__proto__"] as const;

/** An extension whose head says `length`, although the payload may have another length. */
export function extension(type: number, payload: Uint8Array, length = payload.length): Buffer {
  return join(0xc7, length & 0xff, type & 0xff, payload);
}

/** A File, a certificate, a key or a string by reference, with a handle that the script did not get. */
export function forgedHandle(random: Random, handle = random.pick(HANDLES)): Buffer {
  const type = random.pick([1, 1, 1, 2, 3, 4]);
  const payload = Buffer.alloc(type === 2 || type === 3 ? 4 : 12);
  payload.writeUInt32LE(handle >>> 0);
  if (payload.length === 12) payload.writeDoubleLE(random.pick([...FLOATS, 2, 100]), 4);
  return extension(type, payload);
}

const HANDLES = [0, 1, 2, 3, 4, 5, 17, 1000, -1, -2, 0x7fffffff, 0x80000000];

const number = (random: Random): Buffer => {
  const float = Buffer.alloc(8);
  float.writeDoubleBE(random.pick(FLOATS));
  const kinds = [
    () => join(0xcb, float),
    () => join(0xca, random.bytes(4)),
    () => join(random.pick([0xcf, 0xd3]), random.bytes(8)),
    () => join(random.pick([0xce, 0xd2]), random.bytes(4)),
    () => join(random.pick([0xcc, 0xd0]), random.bytes(1)),
    () => join(random.below(128)),
  ];
  return random.pick(kinds)();
};

/** Any value. Most of them have a meaning. */
export function value(random: Random, depth: number): Buffer {
  const kinds: (() => Buffer)[] = [
    () => number(random),
    () => join(random.pick([0xc0, 0xc2, 0xc3])),
    () =>
      text(random.pick(["", "x", "base64", "quoted-printable", "7bit", "X: 1", "X: 1\r\nY: 2", "a\0b", "é"])),
    () => join(0xc6, u32(3), random.bytes(3)),
    () => join(0xd9, 4, random.bytes(4)),
    () => forgedHandle(random),
    () => extension(random.below(256), random.bytes(random.pick(LENGTHS))),
    () => join(0xd4 + random.below(5), random.bytes(17)),
    () => join(0xc1),
  ];
  if (depth < 18) {
    kinds.push(
      () => list(random, depth),
      () => fields(random, depth, FIELDS),
    );
  }
  return random.pick(kinds)();
}

const list = (random: Random, depth: number): Buffer => {
  const items = random.times(random.below(4), () => value(random, depth + 1));
  return join(0x90 | items.length, ...items);
};

const fields = (random: Random, depth: number, keys: readonly string[]): Buffer => {
  const pairs = random.times(random.below(6), () => [
    random.chance(0.9) ? text(random.pick(keys)) : value(random, depth + 1),
    value(random, depth + 1),
  ]);
  return join(0x80 | pairs.length, ...pairs.flat());
};

/** Arguments of the right shape with any values. */
export function anyArguments(random: Random, { url }: Target): Buffer {
  return join(
    0x94,
    random.chance(0.9) ? text("default") : value(random, 1),
    random.chance(0.8) ? text(url) : value(random, 1),
    random.chance(0.7) ? fields(random, 1, OPTIONS) : value(random, 1),
    random.chance(0.3) ? text("post") : value(random, 1),
  );
}

/** Right arguments, which other functions then spoil. */
export function goodArguments(random: Random, { url }: Target): Buffer {
  const options = random.pick([{}, { headers: ["X: 1"], timeout: 5 }, { max_file_size: 10, redirects: 1 }]);
  const post = random.pick([
    "a=b",
    "",
    { part: { data: "x", filename: "y.txt" } },
    [{ data: "z" }],
    undefined,
  ]);
  const args = ["default", url, options, ...(post === undefined ? [] : [post])];
  return Buffer.from(encode(args));
}

/** A post or a list that is nested deeply. */
export function nested(random: Random, { url }: Target): Buffer {
  const depth = random.pick([10, 14, 15, 16, 17, 100, 10_000, 100_000]);
  const opening = random.pick([
    Buffer.from([0x91]),
    Buffer.from([0x81, 0xa1, 0x61]),
    Buffer.from([0xdc, 0, 1]),
  ]);
  const inside = join(Buffer.concat(Array<Buffer>(depth).fill(opening)), 0xc0);
  return random.chance(0.5)
    ? join(0x94, text("default"), text(url), 0x80, inside)
    : join(0x93, text("default"), text(url), 0x81, text("headers"), inside);
}

/** A head whose count is far larger than the number of values. */
export function hugeCount(random: Random, target: Target): Buffer {
  const head = random.pick([0xdb, 0xc6, 0xdd, 0xdf, 0xc9, 0xda, 0xc5, 0xdc, 0xde, 0xc8]);
  const isWide = [0xdb, 0xc6, 0xdd, 0xdf, 0xc9].includes(head);
  const count = u32(random.pick(COUNTS));
  const lie = join(head, isWide ? count : count.subarray(2), random.bytes(random.below(20)));
  const shapes = [
    () => lie,
    () => join(0x94, text("default"), text(target.url), 0x80, lie),
    () => join(0x93, text("default"), text(target.url), 0x81, text(random.pick(OPTIONS)), lie),
    () => join(0x92, text("default"), lie),
  ];
  return random.pick(shapes)();
}

/** Very many small values. */
export function manyValues(random: Random, { url }: Target): Buffer {
  const count = random.pick([1000, 10_000, 50_000]);
  const item = random.pick([
    Buffer.from([0xa0]),
    Buffer.from([0xc0]),
    Buffer.from([0xa1, 0x3a]),
    join(0x81, text("data"), 0xa0),
    Buffer.from([0x80]),
  ]);
  const items = join(0xdd, u32(count), Buffer.concat(Array<Buffer>(count).fill(item)));
  return random.chance(0.5)
    ? join(0x93, text("default"), text(url), 0x81, text("headers"), items)
    : join(0x94, text("default"), text(url), 0x80, items);
}

/** The same keys many times, with different values. */
export function duplicateKeys(random: Random, { url }: Target): Buffer {
  const pairs = random.times(20, () => join(text(random.pick(OPTIONS.slice(0, 4))), value(random, 2)));
  return join(0x93, text("default"), text(url), 0xde, 0, pairs.length, ...pairs);
}

/** Right arguments that end too early, or in which bytes are changed. */
export function spoilt(random: Random, target: Target): Buffer {
  const bytes = goodArguments(random, target);
  if (random.chance(0.5)) return bytes.subarray(0, random.below(bytes.length));
  for (let left = random.pick([0, 0, 0, 1, 5]); left >= 0; left--)
    bytes[random.below(bytes.length)] = random.below(256);
  return bytes;
}
