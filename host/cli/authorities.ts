import { readFile } from "node:fs/promises";
import { HttpBackgroundError } from "../index.ts";
import { Mistake } from "./command.ts";
import { asBytes } from "./raw-arguments.ts";

/** The flag of every command that may be told whom to trust. */
export const AUTHORITY_FLAGS = { cacert: { type: "string" } } as const;

/**
 * Reads the file of `--cacert`.
 *
 * @returns what `createHttpBackground` takes as `ca`; undefined without the flag
 * @throws {Mistake} if it cannot be read
 */
export async function readAuthorities({ cacert }: { cacert?: string }): Promise<Uint8Array | undefined> {
  if (cacert === undefined) return undefined;
  try {
    return await readFile(asBytes(cacert));
  } catch (error) {
    throw new Mistake(`--cacert: ${(error as Error).message}`, { cause: error });
  }
}

/** A mistake in the certificates, in the words of the command line. */
export function asAuthorityMistake(error: unknown, { cacert }: { cacert?: string }): unknown {
  if (!(error instanceof HttpBackgroundError) || error.option !== "ca") return error;
  return new Mistake(`--cacert: "${cacert}" has to have certificates in PEM, and nothing wrong`, {
    cause: error,
  });
}
