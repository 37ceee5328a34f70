import { Decoder, ExtData, ExtensionCodec } from "@msgpack/msgpack";
import {
  EXT_FILE,
  EXT_PRIVATE_KEY,
  EXT_STRING,
  EXT_X509,
  MAX_DEPTH,
  MAX_VALUES,
} from "../../assembly/abi.ts";

const SIZES: Readonly<Record<number, number>> = {
  [EXT_FILE]: 12,
  [EXT_STRING]: 12,
  [EXT_X509]: 4,
  [EXT_PRIVATE_KEY]: 4,
};

class ExtensionSize extends Error {}

const extensionCodec = new ExtensionCodec();
for (const [type, size] of Object.entries(SIZES)) {
  extensionCodec.register({
    type: Number(type),
    encode: () => null,
    decode: (data) => {
      if (data.length !== size) throw new ExtensionSize();
      return new ExtData(Number(type), data);
    },
  });
}

/** A value, as the library reads it. A map is `Pairs`, so that its keys may be any values. */
export class Pairs {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** The library's options that bound nothing more than the record does. */
export function boundsOf({ length: most }: Uint8Array) {
  return {
    maxStrLength: most,
    maxBinLength: most,
    maxArrayLength: most,
    maxMapLength: most,
    maxExtLength: most,
  };
}

/**
 * Reads the same bytes as the guest with the library, by the guest's rules: exactly one value, not nested too deeply,
 * and with not too many values. Text stays bytes. undefined if it is malformed.
 */
export function readByLibrary(bytes: Uint8Array): unknown {
  const keys: unknown[] = [];
  const decoder = new Decoder({
    extensionCodec,
    rawStrings: true,
    // Each key gets a name with its number.
    mapKeyConverter: (key) => `key ${keys.push(key) - 1}`,
    ...boundsOf(bytes),
  });
  try {
    const value = withPairs(decoder.decode(bytes), keys);
    return isWithinLimits(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function withPairs(value: unknown, keys: readonly unknown[]): unknown {
  if (Array.isArray(value)) return value.map((item) => withPairs(item, keys));
  if (typeof value !== "object" || value === null || value instanceof Uint8Array || value instanceof ExtData)
    return value;
  return new Pairs(
    Object.entries(value).flatMap(([name, item]) => {
      const key = keys[Number(name.slice("key ".length))];
      return [isText(key) ? "a text" : withPairs(key, keys), withPairs(item, keys)];
    }),
  );
}

/** The library always reads keys as text, and leaves out what is not UTF-8. So their content is not compared. */
function isText(key: unknown): boolean {
  return typeof key === "string" || key instanceof Uint8Array;
}

function isWithinLimits(value: unknown): boolean {
  let left = MAX_VALUES;
  const visit = (inner: unknown, depth: number): boolean => {
    if (depth > MAX_DEPTH || --left < 0) return false;
    const items = inner instanceof Pairs ? inner.items : Array.isArray(inner) ? inner : [];
    return items.every((item) => visit(item, depth + 1));
  };
  return visit(value, 0);
}
