import { openAsBlob } from "node:fs";
import { stat } from "node:fs/promises";
import type { Granted } from "../script/index.ts";
import { Mistake } from "./command.ts";
import { reasonOf } from "./file-words.ts";
import { readInput, TimedOut } from "./input.ts";
import { asBytes, requireText } from "./raw-arguments.ts";

/** The flags that grant something to a run. Each is `NAME=PATH`. */
export const GRANT_FLAGS = {
  file: { type: "string", multiple: true },
  x509: { type: "string", multiple: true },
  key: { type: "string", multiple: true },
} as const;

interface GrantFlags {
  file?: string[];
  x509?: string[];
  key?: string[];
}

/** A script can read files up to this size, in bytes. By default, its memory has the same size. */
const LARGEST_READABLE = 16 << 20;

/**
 * Reads the files of the flags. A large file is only opened, and is read when it is sent.
 *
 * @throws {Mistake} if a flag is not `NAME=PATH`, or if a file cannot be read; TimedOut
 */
export async function readGrants(
  { file = [], x509 = [], key = [] }: GrantFlags,
  signal?: AbortSignal,
): Promise<Granted> {
  return {
    files: await readEach("--file", file, (path) => openFile(path, signal)),
    x509: await readEach("--x509", x509, (path) => readInput(path, signal)),
    privateKeys: await readEach("--key", key, (path) => readInput(path, signal)),
  };
}

async function openFile(path: string, signal?: AbortSignal): Promise<Blob | Buffer> {
  if (path === "-") return readInput(path, signal);
  const file = asBytes(path);
  const stats = await stat(file);
  if (stats.isDirectory()) throw new Error("it is a directory");
  return stats.isFile() && stats.size > LARGEST_READABLE
    ? await openAsBlob(file)
    : await readInput(path, signal);
}

async function readEach<T>(
  flag: string,
  pairs: readonly string[],
  read: (path: string) => Promise<T>,
): Promise<Record<string, T>> {
  const values: [name: string, value: T][] = [];
  for (const pair of pairs) {
    const [, name, path] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (name === undefined || path === undefined) throw new Mistake(`${flag}: "${pair}" is not NAME=PATH`);
    try {
      values.push([requireText(flag, name), await read(path)]);
    } catch (error) {
      if (error instanceof TimedOut) throw error;
      throw new Mistake(`${flag}: ${path}: ${reasonOf(error)}`, { cause: error });
    }
  }
  return Object.fromEntries(values);
}
