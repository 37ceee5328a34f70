import type { Random } from "../hostile/random.ts";

/** What reading an input came to: what was read, or the code of an error that is documented. */
export type Outcome<Value> = { readonly value: Value } | { readonly code: string };

/** Bytes that somebody else wrote, and the code of ours that reads them. */
export interface Target<Value = unknown> {
  readonly name: string;
  /** Bytes of an input: what the reader takes at most, and somewhat more. */
  readonly largest: number;
  /** CPU that a byte of a large input may take, about four times what it takes. */
  readonly nanosPerByte: number;
  /** An input of about `size` bytes. The same `random` makes the same input, only longer or shorter. */
  make(random: Random, size: number): Buffer;
  /** Reads an input. This is what is timed. */
  read(input: Buffer): Value | Promise<Value>;
  /** The code of an error that is documented; undefined for any other. */
  codeOf(error: unknown): string | undefined;
  /** Compares with what another reader makes of the same input. Throws if they differ. */
  compare?(input: Buffer, outcome: Outcome<Value>): void;
}

/** A target as the fuzzer knows it, whatever it reads. */
// biome-ignore lint/suspicious/noExplicitAny: what a target reads is its own affair
export type AnyTarget = Target<any>;

/** Reads an input, and compares. @throws what is documented nowhere */
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
