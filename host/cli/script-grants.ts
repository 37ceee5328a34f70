import { openAsBlob } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import type { Granted } from "../script/index.ts";
import { Mistake } from "./command.ts";
import { asBytes, requireText } from "./raw-arguments.ts";

/** The flags that grant something to a run, each `NAME=PATH`. */
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

/** A file that is not larger the script can read, too. What it can hold by default is as much. Bytes. */
const LARGEST_READABLE = 16 << 20;

/**
 * Reads what the flags name; large files only when they are sent.
 *
 * @throws {Mistake} for a flag that is no `NAME=PATH`, or a file that cannot be read
 */
export async function readGrants({ file = [], x509 = [], key = [] }: GrantFlags): Promise<Granted> {
  return {
    files: await readEach("--file", file, openFile),
    x509: await readEach("--x509", x509, (path) => readFile(asBytes(path))),
    privateKeys: await readEach("--key", key, (path) => readFile(asBytes(path))),
  };
}

async function openFile(path: string): Promise<Blob | Buffer> {
  const file = asBytes(path);
  const stats = await stat(file);
  if (stats.isDirectory()) throw new Error(`${path}: it is a directory`);
  return stats.isFile() && stats.size > LARGEST_READABLE ? await openAsBlob(file) : await readFile(file);
}

async function readEach<T>(
  flag: string,
  pairs: readonly string[],
  read: (path: string) => Promise<T>,
): Promise<Record<string, T>> {
  const values: [name: string, value: T][] = [];
  for (const pair of pairs) {
    const [, name, path] = /^([^=]+)=(.+)$/s.exec(pair) ?? [];
    if (name === undefined || path === undefined) throw new Mistake(`${flag}: "${pair}" is no NAME=PATH`);
    try {
      values.push([requireText(flag, name), await read(path)]);
    } catch (error) {
      throw new Mistake(`${flag}: ${(error as Error).message}`, { cause: error });
    }
  }
  return Object.fromEntries(values);
}
