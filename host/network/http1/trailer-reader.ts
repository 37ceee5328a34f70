import { TransferFailure } from "../transfer/failures.ts";

// DYN_H1_TRAILER, less the CRLF and the NUL that curl adds.
export const LONGEST_TRAILER = 4096 - 3;
const CR = 0x0d;
const LF = 0x0a;

/** Finds the end of what follows the last chunk: lines that nobody asked for, and an empty one. */
export class TrailerReader {
  #line = "";
  /** A CR was read, and a LF has to follow. */
  #isAfterCr = false;

  /**
   * Reads on; the place of the LF that ends it all, -1 if that is still to come.
   *
   * @throws TransferFailure RECV_ERROR for a line that is too long or ends with CR alone, BAD_FUNCTION_ARGUMENT for one
   * with NUL or without a colon: curl's own words
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

  /** Reads the text of a line, and the CR behind it; where it ends. */
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
