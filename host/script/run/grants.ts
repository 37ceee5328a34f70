import { createPrivateKey, KeyObject, X509Certificate } from "node:crypto";
import { EXT_FILE, EXT_PRIVATE_KEY, EXT_X509 } from "../../../assembly/abi.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { type FileLike, fileSize, isFile } from "../../api/file.ts";
import type { StringLike } from "../../api/types.ts";
import type { Handles } from "../../guest/wire/handles.ts";

/** What a run is granted, each under the name by which the script asks for it. */
export interface Granted {
  /** To send. Strings and bytes a script may read, too; all else never enters it. */
  files?: Readonly<Record<string, FileLike | StringLike>> | undefined;
  /** Certificates: parsed, or PEM. */
  x509?: Readonly<Record<string, X509Certificate | StringLike>> | undefined;
  /** Keys: parsed, or PEM. The script can use them and never see them. */
  privateKeys?: Readonly<Record<string, KeyObject | StringLike>> | undefined;
}

interface Kind {
  readonly grants: "files" | "x509" | "privateKeys";
  /** Throws for a value that is none. */
  read(value: unknown): { value: unknown; size: number };
}

const KINDS: Readonly<Record<number, Kind>> = {
  [EXT_FILE]: { grants: "files", read: readFile },
  [EXT_X509]: { grants: "x509", read: readX509 },
  [EXT_PRIVATE_KEY]: { grants: "privateKeys", read: readPrivateKey },
};

interface Grant {
  readonly type: number;
  readonly value: unknown;
  readonly size: number;
  /** Its handle, once it was asked for. */
  number: number | undefined;
}

/** What one run was granted. A grant becomes a handle when it is asked for, and stays the same one. */
export class Grants {
  readonly #byName: ReadonlyMap<string, Grant> | undefined;
  /** Handles of grants that were asked for. */
  #numbers: Set<number> | undefined;

  /** @throws HttpBackgroundError BAD_ARGUMENT for a value that is not what it is granted as */
  constructor(granted: Granted) {
    const entries = Object.entries(KINDS).flatMap(([type, { grants, read }]) =>
      entriesOf(granted[grants], grants).map(([name, value]): [string, Grant] => {
        const grant = tryRead(read, value, `${grants}.${name}`);
        return [keyOf(Number(type), name), { type: Number(type), ...grant, number: undefined }];
      }),
    );
    this.#byName = entries.length === 0 ? undefined : new Map(entries);
  }

  /** The handle of what was granted under `name`; -1 if that is nothing. `type` is an EXT_ number. */
  find(type: number, name: string, handles: Handles): number {
    const grant = this.#byName?.get(keyOf(type, name));
    if (grant === undefined) return -1;
    grant.number ??= handles.add(type, grant.value, grant.size);
    this.#numbers ??= new Set();
    this.#numbers.add(grant.number);
    return grant.number;
  }

  /** Whether a handle is that of something granted. */
  has(number: number): boolean {
    return this.#numbers?.has(number) ?? false;
  }
}

/** What is not a plain object would grant nothing, or something else than it looks like. */
function entriesOf(granted: unknown, option: string): [name: string, value: unknown][] {
  if (granted === undefined) return [];
  const prototype = typeof granted === "object" && granted !== null && Object.getPrototypeOf(granted);
  const isPlain = prototype === null || (prototype !== false && Object.getPrototypeOf(prototype) === null);
  if (isPlain) return Object.entries(granted as object);
  const message = `${option}: must be an object of names and what is granted under them`;
  throw new HttpBackgroundError("BAD_ARGUMENT", message, { option });
}

function keyOf(type: number, name: string): string {
  return `${type} ${name}`;
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
