import { TransferFailure } from "../transfer/failures.ts";

// DYN_H1_TRAILER, minus the CRLF and the NUL that curl adds.
export const LONGEST_TRAILER = 4096 - 3;
const CR = 0x0d;
const LF = 0x0a;

/** Finds the end of what follows the last chunk: trailers, which nobody needs, and an empty line. */
export class TrailerReader {
  #line = "";
  /** A CR was read, so a LF must follow. */
  #isAfterCr = false;

  /** Whether only the LF of the empty line is still to come. */
  get lacksLf(): boolean {
    return this.#isAfterCr && this.#line === "";
  }

  /**
   * Reads more input. Returns the position of the LF that ends the trailers; -1 if it is still to come.
   *
   * @throws TransferFailure, as curl does: RECV_ERROR for a line that is too long or ends with only CR,
   * BAD_FUNCTION_ARGUMENT for a line with NUL or without a colon
   */
  read(input: Buffer, from: number): number {
    for (let at = from; at < input.length; at++) {
      if (!this.#isAfterCr) at = this.#readText(input, at);
      const byte = input[at];
      if (byte === LF) {
        const isEmpty = this.#line === "";
        this.#line = "";
        this.#isAfterCr = false;
        if (isEmpty) return at;
      } else if (byte !== undefined) {
        throw new TransferFailure("RECV_ERROR");
      }
    }
    return -1;
  }

  /** Reads the text of a line, and the CR after it. Returns the position where it ends. */
  #readText(input: Buffer, from: number): number {
    let end = from;
    while (end < input.length && input[end] !== CR && input[end] !== LF) end++;
    this.#line += input.toString("latin1", from, end);
    if (this.#line.length > LONGEST_TRAILER) throw new TransferFailure("RECV_ERROR");
    if (end === input.length) return end;
    this.#check();
    this.#isAfterCr = input[end] === CR;
    return this.#isAfterCr ? end + 1 : end;
  }

  #check(): void {
    const line = this.#line;
    const isFolded = line.startsWith(" ") || line.startsWith("\t");
    const isNone = line !== "" && !isFolded && !line.includes(":");
    if (isNone || line.includes("\0")) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
  }
}
