import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENT_USAGE, DIGITAL_SIGNATURE, issueCertificate, type Pair, type Wanted } from "./x509.ts";

/** A certificate and its key, PEM, and for other programs the paths of both. */
export interface Issued extends Pair {
  certPath: string;
  keyPath: string;
}

const LOOPBACK_NAMES = ["DNS:localhost", "DNS:*.wild.test", "IP:127.0.0.1", "IP:::1"];
const DAY_MS = 86_400_000;

/** One certificate of each kind that TLS tests need, made at its first use. `issue` makes others. */
export class Certificates {
  readonly #folder = mkdtempSync(join(tmpdir(), "certificates-"));
  readonly #issued = new Map<string, Issued>();
  #count = 0;

  constructor() {
    process.once("exit", () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** The authority that tests trust. */
  get authority(): Issued {
    return this.#get("authority", () => ({ isAuthority: true }));
  }

  /** The authority between `authority` and `client`. */
  get intermediate(): Issued {
    return this.#get("intermediate", () => ({ isAuthority: true, issuer: this.authority }));
  }

  /** Valid for localhost, `*.wild.test`, 127.0.0.1 and ::1. */
  get good(): Issued {
    return this.#get("good", () => ({ names: LOOPBACK_NAMES, issuer: this.authority }));
  }

  /** Like `good`, but it expired yesterday. */
  get expired(): Issued {
    const [from, until] = [new Date(Date.now() - 2 * DAY_MS), new Date(Date.now() - DAY_MS)];
    return this.#get("expired", () => ({ names: LOOPBACK_NAMES, issuer: this.authority, from, until }));
  }

  /** Valid only for wrong.test. */
  get wrongName(): Issued {
    return this.#get("wrongName", () => ({ names: ["DNS:wrong.test"], issuer: this.authority }));
  }

  /** Like `good`, but it signed itself. */
  get selfSigned(): Issued {
    return this.#get("selfSigned", () => ({ names: LOOPBACK_NAMES }));
  }

  /** Without alternative names. The common name is 127.0.0.1. */
  get commonName(): Issued {
    return this.#get("127.0.0.1", () => ({ usage: DIGITAL_SIGNATURE, issuer: this.authority }));
  }

  /** A client's certificate, signed by `intermediate`. The common name is "client". */
  get client(): Issued {
    return this.#get("client", () => ({ extendedUsage: [CLIENT_USAGE], issuer: this.intermediate }));
  }

  /** Makes any other certificate, a new one each time. */
  issue(wanted: Wanted): Issued {
    const pair = issueCertificate(wanted);
    const path = join(this.#folder, String(this.#count++));
    const [certPath, keyPath] = [`${path}.pem`, `${path}.key`];
    writeFileSync(certPath, pair.cert);
    writeFileSync(keyPath, pair.key, { mode: 0o600 });
    return { ...pair, certPath, keyPath };
  }

  #get(subject: string, wanted: () => Wanted): Issued {
    const issued = this.#issued.get(subject) ?? this.issue({ commonNames: [subject], ...wanted() });
    this.#issued.set(subject, issued);
    return issued;
  }
}

let shared: Certificates | undefined;

/** The certificates of this process. Their files are deleted when it ends. */
export function certificates(): Certificates {
  shared ??= new Certificates();
  return shared;
}
