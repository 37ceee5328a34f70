import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { decode, ExtData, type ExtensionCodec, encode } from "@msgpack/msgpack";
import {
  EXT_FILE,
  EXT_FILE_AT,
  EXT_FILE_BYTES,
  EXT_STRING,
  EXT_STRING_AT,
  LONG_DATA,
} from "../../assembly/abi.ts";
import { GuestMemory } from "../../host/guest/parked/memory.ts";
import {
  FIRST_DATA_HANDLE,
  MOST_ARGUMENT_BYTES,
  movableCopy,
  type ScriptRequest,
  takeRequest,
} from "../../host/guest/wire/script-request.ts";

const HEAD = ["default", "http://a/", {}];
const LONG = "x".repeat(LONG_DATA + 1);
const BYTES = Buffer.alloc(LONG_DATA + 1, 7);
/** Where the records of these tests begin in memory; bytes that a record may point to lie before. */
const START = 100_000;

const handle = (index: number, size: number, type = EXT_STRING): ExtData => {
  const payload = Buffer.alloc(12);
  payload.writeUInt32LE(FIRST_DATA_HANDLE + index);
  payload.writeDoubleLE(size, 4);
  return new ExtData(type, payload);
};
const at = (ptr: number, len: number, type = EXT_STRING_AT): ExtData => {
  const payload = Buffer.alloc(8);
  payload.writeUInt32LE(ptr);
  payload.writeUInt32LE(len, 4);
  return new ExtData(type, payload);
};
const file = (bytes: Uint8Array): ExtData => new ExtData(EXT_FILE_BYTES, bytes);

function memoryWith(record: Uint8Array): { memory: GuestMemory; record: Buffer } {
  // There are too many of them for memories of WebAssembly. Words have four bytes.
  const buffer = new ArrayBuffer(START + 1000 + 4 * Math.ceil(record.length / 4));
  const memory = new GuestMemory({ buffer } as WebAssembly.Memory);
  const { bytes } = memory;
  for (let i = 0; i < START; i++) bytes[i] = i % 251;
  memory.write(START, record);
  return { memory, record: memory.at(START, record.length) };
}

function take(record: Uint8Array): ScriptRequest {
  const given = memoryWith(record);
  const request = takeRequest(given.memory, given.record, movableCopy);
  given.memory.bytes.fill(0);
  return request;
}

function dataOf({ data }: ScriptRequest, count: number): Buffer[] {
  assert.equal(data.length, count);
  return data.map(({ bytes }) => bytes as Buffer);
}

/** The post, what becomes of it, and the data that stay on the host. */
const ROWS: readonly (readonly [
  what: string,
  post: unknown,
  expected: unknown,
  data: (string | Uint8Array)[],
])[] = [
  ["a short string", "x".repeat(LONG_DATA), "x".repeat(LONG_DATA), []],
  ["a long string", LONG, handle(0, LONG.length), [LONG]],
  ["long bytes", BYTES, handle(0, BYTES.length), [BYTES]],
  ["a short File of bytes", file(BYTES.subarray(1)), file(BYTES.subarray(1)), []],
  ["a long File of bytes", file(BYTES), handle(0, BYTES.length, EXT_FILE), [BYTES]],
  ["a string elsewhere", at(1000, 5), handle(0, 5), [Buffer.from([247, 248, 249, 250, 0])]],
  ["a File elsewhere", at(250, 2, EXT_FILE_AT), handle(0, 2, EXT_FILE), [Buffer.from([250, 0])]],
  ["nothing elsewhere", at(0, 0), handle(0, 0), [""]],
  [
    "parts under names, and under none",
    { a: { data: LONG, type: LONG }, [LONG]: { data: "x" }, c: { data: at(0, 3) } },
    { a: { data: handle(0, LONG.length), type: LONG }, [LONG]: { data: "x" }, c: { data: handle(1, 3) } },
    [LONG, Buffer.from([0, 1, 2])],
  ],
  [
    "a list of parts",
    [{ data: file(BYTES) }, { filename: LONG, data: LONG }],
    [{ data: handle(0, BYTES.length, EXT_FILE) }, { filename: LONG, data: handle(1, LONG.length) }],
    [BYTES, LONG],
  ],
  ["data that is none", [{ data: [LONG] }, { data: { data: LONG } }, [LONG], LONG], undefined, []],
  ["long values elsewhere in a part", { a: { encoder: LONG, other: at(0, 3) } }, undefined, []],
  [
    "other extensions",
    [{ data: new ExtData(9, BYTES) }, { data: new ExtData(EXT_STRING_AT, BYTES) }],
    undefined,
    [],
  ],
  ["a number", 5, undefined, []],
  ["nil", null, undefined, []],
];

describe("the call of a script", () => {
  for (const [what, post, expected, data] of ROWS) {
    it(`leaves long data on the host: ${what}`, () => {
      const request = take(encode([...HEAD, post]));
      assert.deepEqual(plain(request.args), [...HEAD, plain(encode(expected ?? post))]);
      assert.deepEqual(
        dataOf(request, data.length).map((bytes) => bytes.toString("latin1")),
        data.map((bytes) => Buffer.from(bytes as string).toString("latin1")),
      );
    });
  }

  it("is copied as it is without a post, with more than a post, and with what is no list", () => {
    for (const args of [[], HEAD, [LONG, LONG, { headers: [LONG] }], { a: LONG }, LONG]) {
      assert.deepEqual(take(encode(args)), {
        args: Buffer.from(encode(args)),
        data: [],
        size: encode(args).length,
      });
    }
    const more = take(encode([...HEAD, LONG, LONG]));
    assert.deepEqual(plain(more.args), [...HEAD, plain(encode(handle(0, LONG.length))), LONG]);
  });

  it("copies once what is posted twice, and no more than the script has", () => {
    const twice = take(encode([...HEAD, [{ data: at(0, 90_000) }, { data: at(0, 90_000) }]]));
    const [first, second] = dataOf(twice, 2);
    assert.equal(first, second);
    const most = encode([...HEAD, Array.from({ length: 10_000 }, () => ({ data: at(0, 100_000) }))]);
    assert.ok(take(most).size < most.length + 100_001);
    const overlapping = encode([
      ...HEAD,
      Array.from({ length: 10_000 }, (_, i) => ({ data: at(i, 90_000) })),
    ]);
    assert.deepEqual([...take(overlapping).args], [0xc1]);
  });

  it("refuses data that are not in the memory", () => {
    for (const [ptr, len] of [
      [0, 2 ** 31],
      [2 ** 32 - 1, 1],
      [2 ** 32 - 1, 2 ** 32 - 1],
    ] as const) {
      const given = memoryWith(encode([...HEAD, { a: { data: at(ptr, len) } }]));
      assert.throws(() => takeRequest(given.memory, given.record, movableCopy), RangeError);
    }
  });

  it("may have so many bytes without its data, and not one more", () => {
    const rest = encode([...HEAD.slice(0, 2), { x: "" }, ""]).length;
    const sized = (more: number): Uint8Array =>
      encode([...HEAD.slice(0, 2), { x: "y".repeat(MOST_ARGUMENT_BYTES - rest - 4 + more) }, ""]);
    assert.equal(take(sized(0)).args.length, MOST_ARGUMENT_BYTES);
    assert.deepEqual([...take(sized(1)).args], [0xc1]);
    // Many short data count as long ones.
    const parts = Array.from({ length: 20_000 }, () => ({ data: "z".repeat(500) }));
    const request = take(encode([...HEAD, parts]));
    assert.ok(request.args.length < 1 << 20);
    assert.equal(dataOf(request, 20_000)[19_999]?.toString(), "z".repeat(500));
  });

  it("is refused where it is malformed, without reading beyond it", () => {
    const whole = encode([...HEAD, { a: { data: LONG, type: "t" }, b: { data: at(0, 9) } }]);
    for (let length = 0; length < whole.length; length++) {
      const { args } = take(whole.subarray(0, length));
      assert.ok(args.equals(whole.subarray(0, length)) || args.equals(Buffer.of(0xc1)), String(length));
    }
    // Arrays without end inside of each other, and lengths beyond all bytes.
    for (const first of [0x91, 0x81, 0xdd, 0xdf, 0xc6, 0xc9, 0xdb, 0xc1]) {
      const bytes = Buffer.concat([encode(HEAD), Buffer.alloc(100_000, first)]);
      bytes[0] = 0x94;
      assert.deepEqual([...take(bytes).args], [0xc1], first.toString(16));
    }
  });

  it("is the same call whatever byte of it is changed, or it is refused", () => {
    const whole = encode([
      ...HEAD,
      { a: { data: LONG }, b: { data: at(5, 9), type: "t" }, c: { data: file(BYTES) } },
    ]);
    for (let place = 0; place < whole.length; place += whole[place] === whole[place + 1] ? 97 : 1) {
      for (const byte of [0x00, 0x80, 0x90, 0xa0, 0xc0, 0xc1, 0xc7, 0xd4, 0xdd, 0xff]) {
        const changed = Uint8Array.from(whole);
        changed[place] = byte;
        const { memory } = memoryWith(changed);
        const meant = tryTo(() => meaningOf(changed, memory.bytes, []));
        const taken = tryTo(() => take(changed));
        if (meant === undefined || taken === undefined) continue;
        assert.deepEqual(meaningOf(taken.args, memory.bytes, taken.data), meant, `${byte} at ${place}`);
      }
    }
  });
});

function tryTo<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}

/** Decoded, whatever class its bytes have. */
function plain(bytes: Uint8Array): unknown {
  return decode(Uint8Array.from(bytes));
}

/** Decoded, data in the places of what stands for them. */
function meaningOf(bytes: Uint8Array, memory: Buffer, data: ScriptRequest["data"]): unknown {
  const readExtension = (payload: Buffer, type: number): unknown => {
    const isFile = type !== EXT_STRING && type !== EXT_STRING_AT;
    if (type === EXT_FILE_BYTES) return { isFile, text: payload.toString() };
    if ((type === EXT_STRING_AT || type === EXT_FILE_AT) && payload.length === 8) {
      const [ptr, len] = [payload.readUInt32LE(0), payload.readUInt32LE(4)];
      if (ptr + len > memory.length) throw new RangeError("outside");
      return { isFile, text: memory.toString("utf8", ptr, ptr + len) };
    }
    const found = payload.length === 12 && data[payload.readUInt32LE(0) - FIRST_DATA_HANDLE];
    if (!found) return { type, payload: payload.toString("hex") };
    const text = (found.bytes as Buffer).toString();
    return isFile || type === EXT_STRING ? { isFile, text } : undefined;
  };
  const extensionCodec = {
    tryToEncode: () => null,
    decode: (payload: Uint8Array, type: number) => readExtension(Buffer.from(payload), type),
  } as unknown as ExtensionCodec;
  return textOf(decode(Uint8Array.from(bytes), { extensionCodec }));
}

/** Strings, bytes and strings by reference are the same. */
function textOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (Array.isArray(value)) return value.map(textOf);
  if (typeof value !== "object" || value === null) return value;
  if ("text" in value && "isFile" in value && value.isFile === false) return value.text;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, textOf(inner)]));
}
