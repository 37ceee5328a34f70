import type { Random } from "../hostile/random.ts";

/** The result of reading an input: what was read, or the code of a documented error. */
export type Outcome<Value> = { readonly value: Value } | { readonly code: string };

/** A kind of foreign bytes, and our code that reads them. */
export interface Target<Value = unknown> {
  readonly name: string;
  /** Maximum size of an input: a little more than the reader accepts. */
  readonly largest: number;
  /** The CPU time that a byte of a large input may need. It is about four times of what it needs. */
  readonly nanosPerByte: number;
  /** An input of about `size` bytes. The same `random` makes the same input, only longer or shorter. */
  make(random: Random, size: number): Buffer;
  /** Reads an input. Its time is measured. */
  read(input: Buffer): Value | Promise<Value>;
  /** The code of a documented error; undefined for any other error. */
  codeOf(error: unknown): string | undefined;
  /** Compares with another reader of the same input. Throws if they differ. */
  compare?(input: Buffer, outcome: Outcome<Value>): void;
}

/** A target of any type, for the fuzzer. */
// biome-ignore lint/suspicious/noExplicitAny: the fuzzer does not use what a target reads
export type AnyTarget = Target<any>;

/** Reads an input, and compares. @throws errors that are not documented */
export async function play<Value>(target: Target<Value>, input: Buffer): Promise<string> {
  const outcome = await outcomeOf(target, input);
  target.compare?.(input, outcome);
  return "code" in outcome ? outcome.code : "read";
}

async function outcomeOf<Value>(target: Target<Value>, input: Buffer): Promise<Outcome<Value>> {
  try {
    return { value: await target.read(input) };
  } catch (error) {
    const code = target.codeOf(error);
    if (code === undefined) throw error;
    return { code };
  }
}
