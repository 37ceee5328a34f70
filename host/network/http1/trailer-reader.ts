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
   * without a colon: curl's own words
   */
  read(input: Buffer, from: number): number {
    for (let at = from; at < input.length; at++) {
      const byte = input[at] as number;
      if (byte === LF) {
        if (this.#endLine()) return at;
      } else if (this.#isAfterCr || this.#line.length > LONGEST_TRAILER) {
        throw new TransferFailure("RECV_ERROR");
      } else if (byte === CR) {
        this.#isAfterCr = true;
      } else {
        this.#line += String.fromCharCode(byte);
      }
    }
    return -1;
  }

  /** Whether the line was the empty one. */
  #endLine(): boolean {
    const line = this.#line;
    this.#line = "";
    this.#isAfterCr = false;
    if (line.length > LONGEST_TRAILER) throw new TransferFailure("RECV_ERROR");
    const isFolded = /^[ \t]/.test(line);
    if (line !== "" && !isFolded && !line.includes(":")) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
    return line === "";
  }
}
