import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLIENT_USAGE, DIGITAL_SIGNATURE, issueCertificate, type Pair, type Wanted } from "./x509.ts";

/** A certificate and its key, PEM; and the paths of both, for programs. */
export interface Issued extends Pair {
  certPath: string;
  keyPath: string;
}

const LOOPBACK_NAMES = ["DNS:localhost", "DNS:*.wild.test", "IP:127.0.0.1", "IP:::1"];
const DAY_MS = 86_400_000;

/** One of each kind that a TLS test needs, made when it is first asked for; and any other. */
export class Certificates {
  readonly #folder = mkdtempSync(join(tmpdir(), "certificates-"));
  readonly #issued = new Map<string, Issued>();
  #count = 0;

  constructor() {
    process.once("exit", () => rmSync(this.#folder, { recursive: true, force: true }));
  }

  /** The one to trust. */
  get authority(): Issued {
    return this.#get("authority", () => ({ isAuthority: true }));
  }

  /** Between `authority` and `client`. */
  get intermediate(): Issued {
    return this.#get("intermediate", () => ({ isAuthority: true, issuer: this.authority }));
  }

  /** For localhost, `*.wild.test`, 127.0.0.1 and ::1. */
  get good(): Issued {
    return this.#get("good", () => ({ names: LOOPBACK_NAMES, issuer: this.authority }));
  }

  /** As `good`, but out of date since yesterday. */
  get expired(): Issued {
    const [from, until] = [new Date(Date.now() - 2 * DAY_MS), new Date(Date.now() - DAY_MS)];
    return this.#get("expired", () => ({ names: LOOPBACK_NAMES, issuer: this.authority, from, until }));
  }

  /** For wrong.test alone. */
  get wrongName(): Issued {
    return this.#get("wrongName", () => ({ names: ["DNS:wrong.test"], issuer: this.authority }));
  }

  /** As `good`, but from nobody. */
  get selfSigned(): Issued {
    return this.#get("selfSigned", () => ({ names: LOOPBACK_NAMES }));
  }

  /** No alternative names; the common name is 127.0.0.1. */
  get commonName(): Issued {
    return this.#get("127.0.0.1", () => ({ usage: DIGITAL_SIGNATURE, issuer: this.authority }));
  }

  /** A client's, whose common name is "client", from `intermediate`. */
  get client(): Issued {
    return this.#get("client", () => ({ extendedUsage: [CLIENT_USAGE], issuer: this.intermediate }));
  }

  /** Any other, a new one each time. */
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

/** The process's certificates; their files go with it. */
export function certificates(): Certificates {
  shared ??= new Certificates();
  return shared;
}
