import { HttpBackgroundError } from "../index.ts";
import { Mistake } from "./command.ts";
import { reasonOf } from "./file-words.ts";
import { readInput, TimedOut } from "./input.ts";

/** The flag of the commands for which the trusted authorities can be set. */
export const AUTHORITY_FLAGS = { cacert: { type: "string" } } as const;

/**
 * Reads the file of `--cacert`.
 *
 * @param signal aborts when the time of the command is over
 * @returns the value of the option `ca` of `createHttpBackground`; undefined without the flag
 * @throws {Mistake} if the file cannot be read; TimedOut
 */
export async function readAuthorities(
  { cacert }: { cacert?: string },
  signal?: AbortSignal,
): Promise<Uint8Array | undefined> {
  if (cacert === undefined) return undefined;
  try {
    return await readInput(cacert, signal);
  } catch (error) {
    if (error instanceof TimedOut) throw error;
    throw new Mistake(`--cacert: ${cacert}: ${reasonOf(error)}`, { cause: error });
  }
}

/** Turns an error about the certificates into a mistake that names the flag. */
export function asAuthorityMistake(error: unknown, { cacert }: { cacert?: string }): unknown {
  if (!(error instanceof HttpBackgroundError) || error.option !== "ca") return error;
  return new Mistake(`--cacert: "${cacert}" must contain certificates in PEM, and all must be valid`, {
    cause: error,
  });
}
