import { openAsBlob } from "node:fs";
import { readFile } from "node:fs/promises";
import type { Granted } from "../script/index.ts";
import { Mistake } from "./command.ts";

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

/**
 * Reads what the flags name; files only when they are sent.
 *
 * @throws {Mistake} for a flag that is no `NAME=PATH`, or a file that cannot be read
 */
export async function readGrants({ file = [], x509 = [], key = [] }: GrantFlags): Promise<Granted> {
  return {
    files: await readEach("--file", file, openAsBlob),
    x509: await readEach("--x509", x509, (path) => readFile(path)),
    privateKeys: await readEach("--key", key, (path) => readFile(path)),
  };
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
      values.push([name, await read(path)]);
    } catch (error) {
      throw new Mistake(`${flag}: ${(error as Error).message}`, { cause: error });
    }
  }
  return Object.fromEntries(values);
}
