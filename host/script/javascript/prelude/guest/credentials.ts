import { EXT_PRIVATE_KEY, EXT_X509 } from "../../../../../assembly/abi.ts";
import { decode, viewOf } from "../seam/bytes.ts";
import { isGranted, takeGranted } from "../seam/grants.ts";

/** Only this module makes credentials. */
const TOKEN = {};

/** Either a handle of the host, or PEM of the script. */
export abstract class Credential {
  readonly #kind: number;
  readonly #source: number | string;

  constructor(token: unknown, kind: number, source: number | string) {
    if (token !== TOKEN) throw new TypeError("Illegal constructor");
    this.#kind = kind;
    this.#source = source;
  }

  /** @internal */
  parts(): { readonly kind: number; readonly source: number | string } {
    return { kind: this.#kind, source: this.#source };
  }
}

/** A certificate. */
export class X509 extends Credential {
  /** The certificate that was granted under a name. @throws Error if there is none */
  static named(name: string): X509 {
    return new X509(TOKEN, EXT_X509, takeGranted(EXT_X509, "X509", name));
  }

  static has(name: string): boolean {
    return isGranted(EXT_X509, name);
  }

  /** A certificate in PEM, as text or as bytes. */
  static fromPem(pem: string | Uint8Array): X509 {
    return new X509(TOKEN, EXT_X509, textOf(pem));
  }
}

/** The private key of a certificate. If it is granted by name, the script itself never has the key. */
export class PrivateKey extends Credential {
  /** The key that was granted under a name. @throws Error if there is none */
  static named(name: string): PrivateKey {
    return new PrivateKey(TOKEN, EXT_PRIVATE_KEY, takeGranted(EXT_PRIVATE_KEY, "PrivateKey", name));
  }

  static has(name: string): boolean {
    return isGranted(EXT_PRIVATE_KEY, name);
  }

  /** A private key in PEM, as text or as bytes. */
  static fromPem(pem: string | Uint8Array): PrivateKey {
    return new PrivateKey(TOKEN, EXT_PRIVATE_KEY, textOf(pem));
  }
}

function textOf(pem: unknown): string {
  const bytes = viewOf(pem);
  return bytes === undefined ? `${pem}` : decode(bytes);
}
