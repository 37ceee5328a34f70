import { X509Certificate } from "node:crypto";
import { Readable } from "node:stream";
import type { Random } from "./random.ts";

/** The error that getters and proxies of a caller throw. The caller must get this error back. */
export const THROWN = new Error("thrown by the caller");

const OPTIONS = [
  "headers",
  "method",
  "timeout",
  "proxy",
  "encoder",
  "redirects",
  "max_file_size",
  "username",
  "sourceip",
  "aws_sigv4",
  "tls_client_cert",
  "tls_verify_peer",
  "__proto__",
  "constructor",
];

const thrower = (): never => {
  throw THROWN;
};

const detached = (): Uint8Array => {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
};

const nestedList = (depth: number): unknown[] => {
  let list: unknown[] = [];
  for (let i = 0; i < depth; i++) list = [list];
  return list;
};

const cyclic = (random: Random): unknown => {
  const list: unknown[] = ["X: 1"];
  const record: Record<string, unknown> = { list };
  const map = new Map<unknown, unknown>([["record", record]]);
  list.push(...random.times(random.below(6), () => random.pick<unknown>([list, record, map])));
  map.set(map, map);
  return random.pick<unknown>([list, record, map]);
};

class LyingMap extends Map<unknown, unknown> {
  override get size(): number {
    return 3;
  }
}

/** Values that no caller should give, one row for each kind. */
const VALUES: readonly ((random: Random) => unknown)[] = [
  () => undefined,
  () => null,
  () => Symbol("x"),
  () => 2n ** 70n,
  () => () => "x",
  (random) => random.pick([Number.NaN, Infinity, -Infinity, -0, 1e308, -1, 2 ** 53, 0.5, 2147483648]),
  (random) =>
    random.pick(["\ud800", "a\udc00b", "\0", "\r\nX: 1", "x".repeat(5000), "\ufeff", "é".repeat(3000), ""]),
  cyclic,
  (random) => nestedList(random.pick([1, 15, 16, 17, 1000, 100_000])),
  (random) => new Array(random.pick([0, 10, 100_000, 2 ** 32 - 1])),
  () => Object.assign([1, 2, 3], { length: 1000 }),
  () => Object.defineProperty({}, "headers", { enumerable: true, get: thrower }),
  () => ({
    get timeout() {
      return thrower();
    },
  }),
  () => new Proxy({}, { ownKeys: thrower }),
  () => new Proxy([], { get: thrower }),
  () => new Proxy(["X: 1"], {}),
  () => new Proxy(new Map(), {}),
  () => new Proxy({ method: "PUT" }, {}),
  () => new Proxy(new Uint8Array(4), {}),
  () => Proxy.revocable({}, {}).proxy,
  () =>
    new Map<unknown, unknown>([
      [{}, 1],
      [Number.NaN, 2],
      [null, 3],
      [[1], 4],
      [Symbol("k"), 5],
      ["headers", ["X: 1"]],
    ]),
  () => new LyingMap([["headers", 1]]),
  () => new WeakMap(),
  () => new Set(["X: 1"]),
  () => new Date(Number.NaN),
  () => /x/,
  () => Promise.resolve("x"),
  () => Object.create(null),
  () => Object.create({ headers: 1 }),
  () => Object.create(X509Certificate.prototype),
  () => ({ toString: thrower, valueOf: thrower, [Symbol.toPrimitive]: thrower }),
  detached,
  () => detached().buffer,
  () => new Uint8Array(new SharedArrayBuffer(10)),
  () => new SharedArrayBuffer(10),
  (random) => new Uint8Array(new SharedArrayBuffer(random.pick([10, 5000]))),
  () => new DataView(new ArrayBuffer(10), 3),
  () => new Float64Array([Number.NaN]),
  (random) => Object.defineProperty(new Uint8Array(10), "length", { value: random.pick([0, 5, 1e9, -1]) }),
  (random) =>
    Object.defineProperty(new Uint8Array(10), "byteLength", { value: random.pick([0, 5, 1e9, -1]) }),
  () => new Blob(["blob"]),
  () => Readable.from([Buffer.from("x"), Buffer.from("y")]),
  () => Readable.from([1, {}, null as never]),
  () =>
    new Readable({
      read() {
        this.destroy(THROWN);
      },
    }),
  () => ({
    async *[Symbol.asyncIterator]() {
      yield 5;
    },
  }),
  () => ({
    async *[Symbol.asyncIterator]() {
      thrower();
      yield "x";
    },
  }),
  () => ({ [Symbol.asyncIterator]: thrower }),
  () => ({ [Symbol.asyncIterator]: () => ({ next: thrower }) }),
  (random) => ({
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: random.chance(0.1), value: detached() }),
      return: thrower,
    }),
  }),
  () => globalThis,
  () => process.env,
  () => new Error("x"),
  (random) => ({ data: VALUES[random.below(10)]?.(random), type: "x\r\n", filename: "\0", encoder: "nope" }),
  () => [
    { data: "x".repeat(10_000), encoder: "quoted-printable" },
    { data: new Blob(["x"]), encoder: "base64" },
  ],
];

const anyValue = (random: Random): unknown => (random.pick(VALUES) as (random: Random) => unknown)(random);

function anyOptions(random: Random): unknown {
  if (random.chance(0.3)) return anyValue(random);
  const pairs = random.times(random.below(4), (): [string, unknown] => [
    random.pick(OPTIONS),
    anyValue(random),
  ]);
  return random.chance(0.5) ? Object.fromEntries(pairs) : new Map(pairs);
}

/** Arguments of a call. Only some of them are right. */
export function anyCall(random: Random, url: string): unknown[] {
  return [
    random.chance(0.9) ? "default" : anyValue(random),
    random.chance(0.9) ? url : anyValue(random),
    anyOptions(random),
    random.chance(0.6) ? anyValue(random) : [anyValue(random), { data: anyValue(random) }],
    random.chance(0.9) ? undefined : anyValue(random),
  ].slice(0, 1 + random.below(5));
}
