import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import type { Target } from "../target.ts";
import { failureCode } from "./codes.ts";

/** The size of the pieces of a slow peer, in bytes. */
const SMALL = 61;
/** Inputs up to this size also come byte by byte. */
const TINY = 500;

/** A reader of bytes that come in pieces. The result must not depend on the pieces. */
export interface PieceReader<Value> extends Pick<Target, "name" | "largest" | "nanosPerByte" | "make"> {
  /** Reads pieces one after the other. */
  feed(pieces: readonly Buffer[]): Buffer;
  /** The meaning of what was read. Throws if it has none. */
  understand(read: Buffer, input: Buffer): Value;
}

export function pieceTarget<Value>(reader: PieceReader<Value>): Target<Buffer> {
  const { name, largest, nanosPerByte, make } = reader;
  return {
    name,
    largest,
    nanosPerByte,
    make,
    read(input) {
      tryToFeed(reader, input, SMALL);
      return reader.feed([input]);
    },
    codeOf: failureCode,
    compare(input, outcome) {
      const whole = "code" in outcome ? outcome : reader.understand(outcome.value, input);
      const sizes = [SMALL, Math.ceil(input.length / 2), ...(input.length <= TINY ? [1] : [])];
      for (const size of sizes) {
        const read = tryToFeed(reader, input, Math.max(1, size));
        const understood = "code" in read ? read : reader.understand(read.value, input);
        if (isDeepStrictEqual(understood, whole)) continue;
        assert.fail(`${show(whole)}, in pieces of ${size} bytes ${show(understood)}`);
      }
    },
  };
}

function show(understood: unknown): string {
  return JSON.stringify(understood).slice(0, 300);
}

function tryToFeed(
  { feed }: PieceReader<unknown>,
  input: Buffer,
  size: number,
): { value: Buffer } | { code: string } {
  try {
    return { value: feed(piecesOf(input, size)) };
  } catch (error) {
    const code = failureCode(error);
    if (code === undefined) throw error;
    return { code };
  }
}

export function piecesOf(bytes: Buffer, size: number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
  return pieces;
}
