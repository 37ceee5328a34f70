import { createPrivateKey, KeyObject, X509Certificate } from "node:crypto";
import { EXT_FILE, EXT_PRIVATE_KEY, EXT_X509 } from "../../../assembly/abi.ts";
import type { StringLike } from "../../api/calls.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { type FileLike, fileSize, isFile } from "../../api/file.ts";
import { textIn } from "../../api/thrown.ts";
import type { Handles } from "../../guest/wire/handles.ts";
import { isOutOfMemory } from "../blame/limits.ts";
import { HeldBytes } from "../pages/page-store.ts";
import { LONG_FROM } from "../pages/paged-bytes.ts";
import type { GivenCopies } from "./given-copies.ts";
import type { RunPages } from "./run-pages.ts";

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
  read(value: unknown, copies: GivenCopies): { value: unknown; size: number };
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

const NO_NAMES: ReadonlyMap<number, string> = new Map();

/** The grants of one run. Each grant is a handle from the beginning to the end of the run. @internal */
export class Grants {
  /** By number. */
  names: ReadonlyMap<number, string> = NO_NAMES;
  readonly #grants: readonly Grant[];

  /**
   * @throws HttpBackgroundError BAD_ARGUMENT if a value has the wrong type for its kind of grant; RangeError if there is
   * no memory for copies of them
   */
  constructor(granted: Granted, copies: GivenCopies) {
    const grants: Grant[] = [];
    try {
      for (const [type, kind] of Object.entries(KINDS)) {
        for (const [name, value] of entriesOf(granted[kind.grants], kind.grants)) {
          const read = tryRead(kind.read, [value, copies], `${kind.grants}.${name}`);
          grants.push({ name, type: Number(type), ...read });
        }
      }
    } catch (error) {
      release(grants);
      throw error;
    }
    this.#grants = grants;
  }

  /** Whether these bytes were granted. */
  has(bytes: HeldBytes): boolean {
    return this.#grants.some(({ value }) => value === bytes);
  }

  addTo(handles: Handles, pages: RunPages): void {
    if (this.#grants.length === 0) return;
    const names = new Map<number, string>();
    this.names = names;
    for (const { name, type, value, size } of this.#grants) {
      names.set(handles.add(type, value, size), name);
      if (value instanceof HeldBytes) pages.keep(value);
    }
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

function release(grants: readonly Grant[]): void {
  for (const { value } of grants) if (value instanceof HeldBytes) value.release();
}

function tryRead(
  read: Kind["read"],
  given: Parameters<Kind["read"]>,
  option: string,
): ReturnType<Kind["read"]> {
  try {
    return read(...given);
  } catch (cause) {
    if (isOutOfMemory(cause)) throw cause;
    throw new HttpBackgroundError(
      "BAD_ARGUMENT",
      `${option}: ${textIn(cause, "message") ?? "cannot be read"}`,
      {
        option,
        cause,
      },
    );
  }
}

function readFile(value: unknown, copies: GivenCopies): { value: unknown; size: number } {
  if (typeof value === "string") return readText(value);
  const bytes = viewOf(value);
  if (bytes !== undefined) return { value: copies.of(bytes), size: bytes.length };
  if (typeof value !== "object" || value === null || !isFile(value)) throw new TypeError("is no File");
  return { value, size: fileSize(value) };
}

/** A long text stays one until the run begins: nobody can change it. */
function readText(text: string): { value: unknown; size: number } {
  const size = Buffer.byteLength(text);
  return { value: size < LONG_FROM ? Buffer.from(text) : text, size };
}

function readX509(value: unknown): { value: X509Certificate; size: number } {
  if (value instanceof X509Certificate) return { value, size: -1 };
  const pem = bytesOf(value);
  if (pem === undefined) throw new TypeError("is no certificate");
  return { value: parsePem("certificate", () => new X509Certificate(pem as Buffer | string)), size: -1 };
}

function readPrivateKey(value: unknown): { value: KeyObject; size: number } {
  if (value instanceof KeyObject) {
    if (value.type !== "private") throw new TypeError("is no private key");
    return { value, size: -1 };
  }
  const pem = bytesOf(value);
  if (pem === undefined) throw new TypeError("is no private key");
  return { value: parsePem("private key", () => createPrivateKey(pem as Buffer | string)), size: -1 };
}

function bytesOf(value: unknown): Uint8Array | string | undefined {
  return typeof value === "string" ? value : viewOf(value);
}

function viewOf(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return undefined;
}

/** What OpenSSL says of a text that is no PEM helps nobody. It is the cause. */
function parsePem<T>(kind: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new TypeError(`is no ${kind} in PEM`, { cause });
  }
}
