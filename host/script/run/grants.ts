import { createPrivateKey, KeyObject, X509Certificate } from "node:crypto";
import { EXT_FILE, EXT_PRIVATE_KEY, EXT_X509 } from "../../../assembly/abi.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { type FileLike, fileSize, isFile } from "../../api/file.ts";
import type { StringLike } from "../../api/types.ts";
import type { Handles } from "../../guest/wire/handles.ts";

/** What a run is granted. The script asks for each thing by its name. */
export interface Granted {
  /** Files to send. A script may also read strings and bytes. Anything else never enters the script. */
  files?: Readonly<Record<string, FileLike | StringLike>> | undefined;
  /** Certificates, parsed or as PEM. */
  x509?: Readonly<Record<string, X509Certificate | StringLike>> | undefined;
  /** Private keys, parsed or as PEM. The script can use them, but it never sees them. */
  privateKeys?: Readonly<Record<string, KeyObject | StringLike>> | undefined;
}

interface Kind {
  readonly grants: "files" | "x509" | "privateKeys";
  /** Throws if the value has the wrong type. */
  read(value: unknown): { value: unknown; size: number };
}

const KINDS: Readonly<Record<number, Kind>> = {
  [EXT_FILE]: { grants: "files", read: readFile },
  [EXT_X509]: { grants: "x509", read: readX509 },
  [EXT_PRIVATE_KEY]: { grants: "privateKeys", read: readPrivateKey },
};

interface Grant {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
  readonly size: number;
}

/** The grants of one run. Each grant is a handle from the beginning to the end of the run. @internal */
export class Grants {
  /** By number. */
  readonly names = new Map<number, string>();
  readonly #grants: readonly Grant[];

  /** @throws HttpBackgroundError BAD_ARGUMENT if a value has the wrong type for its kind of grant */
  constructor(granted: Granted) {
    this.#grants = Object.entries(KINDS).flatMap(([type, { grants, read }]) =>
      entriesOf(granted[grants], grants).map(([name, value]): Grant => {
        return { name, type: Number(type), ...tryRead(read, value, `${grants}.${name}`) };
      }),
    );
  }

  addTo(handles: Handles): void {
    for (const { name, type, value, size } of this.#grants)
      this.names.set(handles.add(type, value, size), name);
  }
}

/**
 * Reads the grants of a plain object. Any other object might grant nothing, or something else than it seems to grant.
 */
function entriesOf(granted: unknown, option: string): [name: string, value: unknown][] {
  if (granted === undefined) return [];
  const prototype = typeof granted === "object" && granted !== null && Object.getPrototypeOf(granted);
  const isPlain = prototype === null || (prototype !== false && Object.getPrototypeOf(prototype) === null);
  if (isPlain) return Object.entries(granted as object);
  const message = `${option}: must be an object of names and what is granted under them`;
  throw new HttpBackgroundError("BAD_ARGUMENT", message, { option });
}

function tryRead(read: Kind["read"], value: unknown, option: string): ReturnType<Kind["read"]> {
  try {
    return read(value);
  } catch (cause) {
    throw new HttpBackgroundError("BAD_ARGUMENT", `${option}: ${(cause as Error).message}`, {
      option,
      cause,
    });
  }
}

function readFile(value: unknown): { value: unknown; size: number } {
  const bytes = bytesOf(value);
  if (bytes !== undefined) return { value: bytes, size: bytes.length };
  if (typeof value !== "object" || value === null || !isFile(value)) throw new TypeError("is no File");
  return { value, size: fileSize(value) };
}

function readX509(value: unknown): { value: X509Certificate; size: number } {
  if (value instanceof X509Certificate) return { value, size: -1 };
  const pem = bytesOf(value);
  if (pem === undefined) throw new TypeError("is no certificate");
  return { value: new X509Certificate(pem), size: -1 };
}

function readPrivateKey(value: unknown): { value: KeyObject; size: number } {
  if (value instanceof KeyObject) {
    if (value.type !== "private") throw new TypeError("is no private key");
    return { value, size: -1 };
  }
  const pem = bytesOf(value);
  if (pem === undefined) throw new TypeError("is no private key");
  return { value: createPrivateKey(pem), size: -1 };
}

function bytesOf(value: unknown): Buffer | undefined {
  if (typeof value === "string") return Buffer.from(value);
  if (value instanceof ArrayBuffer) return Buffer.from(value);
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}
