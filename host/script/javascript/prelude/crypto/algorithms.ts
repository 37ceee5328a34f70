import { toDictionary } from "../values/idl.ts";

/** Hashes, with the length of their blocks in bits, which is that of a key of HMAC. */
const BLOCK_BITS: Readonly<Record<string, number>> = {
  "SHA-1": 512,
  "SHA-256": 512,
  "SHA-384": 1024,
  "SHA-512": 1024,
};

export function blockBits(hash: string): number {
  return BLOCK_BITS[hash] as number;
}

/** What an algorithm is given as: its name, or an object with it. */
export function nameOf(algorithm: unknown): string {
  if (typeof algorithm === "object" && algorithm !== null) {
    const { name } = algorithm as { name?: unknown };
    if (name === undefined) throw new TypeError("the algorithm has no name");
    return `${name}`.toUpperCase();
  }
  return `${algorithm}`.toUpperCase();
}

/** @throws DOMException NotSupportedError */
export function hashOf(algorithm: unknown): string {
  const name = nameOf(algorithm);
  if (Object.hasOwn(BLOCK_BITS, name)) return name;
  throw notSupported(name);
}

/** The hash of the algorithm HMAC, and the length of the key in bits, if it is said. */
export function hmacOf(algorithm: unknown): { readonly hash: string; readonly length: number | undefined } {
  requireHmac(algorithm);
  const { hash, length } = toDictionary(algorithm, "the algorithm");
  if (hash === undefined) throw new TypeError("HMAC needs a hash");
  return { hash: hashOf(hash), length: length === undefined ? undefined : Number(length) >>> 0 };
}

/** @throws DOMException NotSupportedError for anything but HMAC */
export function requireHmac(algorithm: unknown): void {
  const name = nameOf(algorithm);
  if (name !== "HMAC") throw notSupported(name);
}

function notSupported(name: string): DOMException {
  return new DOMException(`${name} is not supported`, "NotSupportedError");
}
