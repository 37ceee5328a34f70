import { EXT_PRIVATE_KEY, EXT_X509 } from "../abi.ts";
import { decodeUtf8 } from "../values/utf8.ts";
import { Writer } from "../values/writer.ts";
import { isGranted, takeGranted } from "./grant.ts";

/** Either a handle of the host, or PEM of the script. */
class Credential {
  protected constructor(
    private readonly kind: i32,
    private readonly handle: i32,
    private readonly pem: string | null,
  ) {}

  /** @internal */
  write(writer: Writer): void {
    const pem = this.pem;
    if (pem !== null) writer.writeString(pem);
    else writer.writeHandle(this.kind, this.handle);
  }
}

/** A certificate. */
export class X509 extends Credential {
  /**
   * The certificate that was granted under `name`. If there is none, this is a mistake, which ends the script.
   *
   * @param file The transform adds this, `line` and `column`.
   */
  static named(name: string, file: string = "", line: i32 = 0, column: i32 = 0): X509 {
    return new X509(EXT_X509, takeGranted(EXT_X509, "X509", name, file, line, column), null);
  }

  /** Whether a certificate was granted under `name`. */
  static has(name: string): bool {
    return isGranted(EXT_X509, name);
  }

  /** A certificate in PEM, which begins with `-----BEGIN CERTIFICATE-----`. */
  static fromPem(pem: string): X509 {
    return new X509(EXT_X509, 0, pem);
  }

  /** Like `fromPem`, but with the bytes of the PEM. */
  static fromBytes(pem: Uint8Array): X509 {
    return X509.fromPem(decodeUtf8(pem.dataStart, pem.byteLength));
  }
}

/** The private key of a certificate. If it is granted by name, the script itself never has the key. */
export class PrivateKey extends Credential {
  /**
   * The key that was granted under `name`. If there is none, this is a mistake, which ends the script.
   *
   * @param file The transform adds this, `line` and `column`.
   */
  static named(name: string, file: string = "", line: i32 = 0, column: i32 = 0): PrivateKey {
    const handle = takeGranted(EXT_PRIVATE_KEY, "PrivateKey", name, file, line, column);
    return new PrivateKey(EXT_PRIVATE_KEY, handle, null);
  }

  /** Whether a key was granted under `name`. */
  static has(name: string): bool {
    return isGranted(EXT_PRIVATE_KEY, name);
  }

  /** A private key in PEM, which begins with `-----BEGIN PRIVATE KEY-----`. */
  static fromPem(pem: string): PrivateKey {
    return new PrivateKey(EXT_PRIVATE_KEY, 0, pem);
  }

  /** Like `fromPem`, but with the bytes of the PEM. */
  static fromBytes(pem: Uint8Array): PrivateKey {
    return PrivateKey.fromPem(decodeUtf8(pem.dataStart, pem.byteLength));
  }
}
