import { type Bytes, bufferOf, copyOf } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { requireArguments, toDictionary } from "../values/idl.ts";
import { blockBits, hashOf, hmacOf, requireHmac } from "./algorithms.ts";
import { CryptoKey, makeKey, partsOf, type Usage } from "./crypto-key.ts";

/** What is there of Web Cryptography: hashes and HMAC, with which webhooks are signed. */
export class SubtleCrypto {
  async digest(algorithm: unknown, data: unknown): Promise<ArrayBuffer> {
    requireArguments(arguments.length, 2, "digest");
    return host.digest(hashOf(algorithm), bufferOf(bytesOf(data)));
  }

  async importKey(
    format: unknown,
    given: unknown,
    algorithm: unknown,
    extractable: unknown,
    usages: unknown,
  ): Promise<CryptoKey> {
    requireArguments(arguments.length, 5, "importKey");
    const { hash, length } = hmacOf(algorithm);
    const bytes = readKey(`${format}`, given, hash);
    if (bytes.length === 0) throw new DOMException("the key is empty", "DataError");
    if (length !== undefined && length !== 8 * bytes.length)
      throw new DOMException("the key has another length", "DataError");
    return makeKey({ bytes, hash, extractable: Boolean(extractable), usages: usagesOf(usages) });
  }

  async exportKey(format: unknown, key: unknown): Promise<ArrayBuffer | object> {
    requireArguments(arguments.length, 2, "exportKey");
    const { bytes, hash, extractable, usages } = partsOf(keyOf(key));
    if (!extractable) throw new DOMException("the key is not extractable", "InvalidAccessError");
    if (format === "raw") return bufferOf(new Uint8Array(bytes));
    if (format !== "jwk")
      throw new DOMException(`the format ${format} is not supported`, "NotSupportedError");
    const k = bytes.toBase64({ alphabet: "base64url", omitPadding: true });
    return { kty: "oct", k, alg: jwkAlgorithm(hash), key_ops: [...usages], ext: true };
  }

  async generateKey(algorithm: unknown, extractable: unknown, usages: unknown): Promise<CryptoKey> {
    requireArguments(arguments.length, 3, "generateKey");
    const { hash, length = blockBits(hash) } = hmacOf(algorithm);
    if (length === 0 || length % 8 !== 0)
      throw new DOMException("the length of a key is whole bytes", "OperationError");
    const bytes = new Uint8Array(host.random(length / 8));
    return makeKey({ bytes, hash, extractable: Boolean(extractable), usages: usagesOf(usages) });
  }

  async sign(algorithm: unknown, key: unknown, data: unknown): Promise<ArrayBuffer> {
    requireArguments(arguments.length, 3, "sign");
    return signWith(algorithm, key, "sign", data);
  }

  async verify(algorithm: unknown, key: unknown, signature: unknown, data: unknown): Promise<boolean> {
    requireArguments(arguments.length, 4, "verify");
    const given = bytesOf(signature);
    return isEqual(given, new Uint8Array(signWith(algorithm, key, "verify", data)));
  }
}

function signWith(algorithm: unknown, given: unknown, usage: Usage, data: unknown): ArrayBuffer {
  requireHmac(algorithm);
  const { bytes, hash, usages } = partsOf(keyOf(given));
  if (!usages.includes(usage)) throw new DOMException(`the key is not for ${usage}`, "InvalidAccessError");
  return host.hmac(hash, bufferOf(bytes), bufferOf(bytesOf(data)));
}

/** How long it takes does not depend on what differs. */
function isEqual(a: Bytes, b: Bytes): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < b.length; i++) difference |= (a[i] ?? 0) ^ (b[i] as number);
  return difference === 0;
}

function readKey(format: string, given: unknown, hash: string): Bytes {
  if (format === "raw") return bytesOf(given);
  if (format !== "jwk") throw new DOMException(`the format ${format} is not supported`, "NotSupportedError");
  const { kty, k, alg } = toDictionary(given, "the key");
  if (kty !== "oct" || typeof k !== "string" || (alg !== undefined && alg !== jwkAlgorithm(hash)))
    throw new DOMException("the key is no key of HMAC with this hash", "DataError");
  try {
    return Uint8Array.fromBase64(k, { alphabet: "base64url" });
  } catch {
    throw new DOMException("the key is malformed", "DataError");
  }
}

/** HS256 and so on (RFC 7518 §3.2). */
function jwkAlgorithm(hash: string): string {
  return `HS${hash.slice("SHA-".length)}`;
}

function usagesOf(given: unknown): readonly Usage[] {
  const usages = [...new Set(given as Iterable<unknown>)];
  if (usages.some((usage) => usage !== "sign" && usage !== "verify") || usages.length === 0)
    throw new DOMException("a key of HMAC is for sign and verify", "SyntaxError");
  return usages as Usage[];
}

function keyOf(value: unknown): CryptoKey {
  if (value instanceof CryptoKey) return value;
  throw new TypeError("the key is no CryptoKey");
}

function bytesOf(value: unknown): Bytes {
  const bytes = copyOf(value);
  if (bytes === undefined) throw new TypeError("the data are no buffer");
  return bytes;
}
