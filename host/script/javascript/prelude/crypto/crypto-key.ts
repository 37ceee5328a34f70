import type { Bytes } from "../seam/bytes.ts";

export type Usage = "sign" | "verify";

interface KeyParts {
  readonly bytes: Bytes;
  readonly hash: string;
  readonly extractable: boolean;
  readonly usages: readonly Usage[];
}

/** @internal */
export let makeKey: (parts: KeyParts) => CryptoKey;
/** @internal */
export let partsOf: (key: CryptoKey) => KeyParts;

/** Only this module makes keys. */
const TOKEN = {};

/** A key of HMAC. */
export class CryptoKey {
  readonly #parts: KeyParts;

  static {
    makeKey = (parts) => new CryptoKey(TOKEN, parts);
    partsOf = (key) => key.#parts;
  }

  constructor(token?: unknown, parts?: KeyParts) {
    if (token !== TOKEN || parts === undefined) throw new TypeError("Illegal constructor");
    this.#parts = parts;
  }

  get type(): "secret" {
    return "secret";
  }

  get extractable(): boolean {
    return this.#parts.extractable;
  }

  get algorithm(): object {
    const { hash, bytes } = this.#parts;
    return { name: "HMAC", length: 8 * bytes.length, hash: { name: hash } };
  }

  get usages(): Usage[] {
    return [...this.#parts.usages];
  }
}
