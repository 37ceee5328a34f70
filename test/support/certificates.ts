import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, PEM; and the paths of both, for programs. */
export interface Issued {
  cert: string;
  key: string;
  certPath: string;
  keyPath: string;
}

const LOOPBACK_NAMES = ["subjectAltName=DNS:localhost,DNS:*.wild.test,IP:127.0.0.1,IP:::1"];
const IS_AUTHORITY = ["basicConstraints=critical,CA:TRUE"];
const IS_CLIENT = ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=clientAuth"];

/** One of each kind that a TLS test needs, made by OpenSSL when it is first asked for. */
export class Certificates {
  readonly #folder = mkdtempSync(join(tmpdir(), "certificates-"));
  readonly #issued = new Map<string, Issued>();

  constructor() {
    process.once("exit", () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** The one to trust. */
  get authority(): Issued {
    return this.#get("authority", { extensions: IS_AUTHORITY });
  }

  /** Between `authority` and `client`. */
  get intermediate(): Issued {
    return this.#get("intermediate", { extensions: IS_AUTHORITY, issuer: this.authority });
  }

  /** For localhost, `*.wild.test`, 127.0.0.1 and ::1. */
  get good(): Issued {
    return this.#get("good", { extensions: LOOPBACK_NAMES, issuer: this.authority });
  }

  /** As `good`, but out of date since yesterday. */
  get expired(): Issued {
    return this.#get("expired", { extensions: LOOPBACK_NAMES, issuer: this.authority, isExpired: true });
  }

  /** For wrong.test alone. */
  get wrongName(): Issued {
    return this.#get("wrongName", { extensions: ["subjectAltName=DNS:wrong.test"], issuer: this.authority });
  }

  /** As `good`, but from nobody. */
  get selfSigned(): Issued {
    return this.#get("selfSigned", { extensions: LOOPBACK_NAMES });
  }

  /** No alternative names; the common name is 127.0.0.1. */
  get commonName(): Issued {
    return this.#get("127.0.0.1", { extensions: ["keyUsage=digitalSignature"], issuer: this.authority });
  }

  /** A client's, whose common name is "client", from `intermediate`. */
  get client(): Issued {
    return this.#get("client", { extensions: IS_CLIENT, issuer: this.intermediate });
  }

  #get(subject: string, options: Issuing): Issued {
    const issued = this.#issued.get(subject) ?? issue(join(this.#folder, subject), { subject, ...options });
    this.#issued.set(subject, issued);
    return issued;
  }
}

let shared: Certificates | undefined;

/** The process's certificates; their files go with it. */
export function certificates(): Certificates {
  shared ??= new Certificates();
  return shared;
}

interface Issuing {
  extensions: string[];
  /** Itself, without. */
  issuer?: Issued;
  isExpired?: boolean;
}

function issue(path: string, options: Issuing & { subject: string }): Issued {
  const { subject, extensions, issuer, isExpired } = options;
  const [certPath, keyPath] = [`${path}.pem`, `${path}.key`];
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", keyPath];
  const added = extensions.flatMap((extension) => ["-addext", extension]);
  const signer = issuer === undefined ? [] : ["-CA", issuer.certPath, "-CAkey", issuer.keyPath];
  const request = ["-subj", `/CN=${subject}`, ...added, ...(isExpired ? [] : signer)];
  openssl("req", "-x509", ...newKey, ...request, "-days", "2", "-out", certPath);
  // Only `x509` makes a certificate that ends before it begins, and only of one that signed itself.
  if (isExpired) openssl("x509", "-in", certPath, ...signer, "-days", "-1", "-out", certPath);
  return { cert: readFileSync(certPath, "utf8"), key: readFileSync(keyPath, "utf8"), certPath, keyPath };
}

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
