import { TransferFailure } from "../transfer/failures.ts";
import { TrailerReader } from "./trailer-reader.ts";

// CHUNK_MAXNUM_LEN; a size of that many digits must fit 63 bits.
const MOST_DIGITS = 16;
const BEYOND_63_BITS = /^[89a-f]/i;
const CR = 0x0d;
const LF = 0x0a;
const END_OF_LINE = Buffer.from("\r\n");

type State = "size" | "size line" | "data" | "data end" | "trailers" | "over";

/**
 * Hands over chunked content in a form that undici's parser takes, reading it as leniently as curl does (Curl_httpchunk_read):
 * anything may stand between a chunk's size and the LF after it, and lines may end with LF alone. Trailers are left out.
 */
export class ChunkFilter {
  #state: State = "size";
  /** Of the size that is being read. */
  #digits = "";
  /** Bytes of the chunk that are still to come. */
  #left = 0;
  readonly #trailers = new TrailerReader();
  #input: Buffer = Buffer.alloc(0);
  /** Where in the input that stands which is not handed over yet. */
  #kept = 0;
  #pieces: Buffer[] = [];

  /**
   * The bytes that stand for `input`: these very bytes where nothing is odd.
   *
   * @throws TransferFailure RECV_ERROR for chunks that are none; see `TrailerReader`
   */
  pass(input: Buffer): Buffer {
    if (this.#state === "over") return input;
    this.#input = input;
    this.#kept = 0;
    for (let at = 0; at < input.length; ) at = this.#step(at);
    if (this.#pieces.length === 0 && this.#kept === 0) return input;
    this.#keepUpTo(input.length);
    const passed = Buffer.concat(this.#pieces);
    this.#pieces = [];
    return passed;
  }

  /** Reads on from `at`; where to go on from. */
  #step(at: number): number {
    if (this.#state === "size") return this.#readSize(at);
    if (this.#state === "size line") return this.#endLine(at, this.#input.indexOf(LF, at));
    if (this.#state === "data") return this.#skipData(at);
    if (this.#state === "data end") return this.#endLine(at, this.#findDataEnd(at));
    return this.#state === "trailers" ? this.#readTrailers(at) : this.#input.length;
  }

  #readSize(at: number): number {
    let end = at;
    while (end < this.#input.length && isHexDigit(this.#input[end] as number)) end++;
    this.#digits += this.#input.toString("latin1", at, end);
    if (this.#digits.length > MOST_DIGITS) throw new TransferFailure("RECV_ERROR");
    if (end === this.#input.length) return end;
    const isTooLarge = this.#digits.length === MOST_DIGITS && BEYOND_63_BITS.test(this.#digits);
    if (this.#digits === "" || isTooLarge) throw new TransferFailure("RECV_ERROR");
    this.#left = Number.parseInt(this.#digits, 16);
    this.#digits = "";
    this.#state = "size line";
    return end;
  }

  #skipData(at: number): number {
    const size = Math.min(this.#left, this.#input.length - at);
    this.#left -= size;
    if (this.#left === 0) this.#state = "data end";
    return at + size;
  }

  /** Where the LF behind the data of a chunk is; -1 if it is still to come. */
  #findDataEnd(at: number): number {
    for (let end = at; end < this.#input.length; end++) {
      if (this.#input[end] === LF) return end;
      if (this.#input[end] !== CR) throw new TransferFailure("RECV_ERROR");
    }
    return -1;
  }

  #readTrailers(at: number): number {
    const end = this.#trailers.read(this.#input, at);
    return this.#endLine(at, end);
  }

  /** What stands between `from` and the LF at `lf` becomes the end of a line; without a LF yet, nothing at all. */
  #endLine(from: number, lf: number): number {
    const next = lf < 0 ? this.#input.length : lf + 1;
    const isPlain = lf === from + 1 && this.#input[from] === CR;
    if (!isPlain) {
      this.#keepUpTo(from);
      if (lf >= 0) this.#pieces.push(END_OF_LINE);
      this.#kept = next;
    }
    if (lf >= 0) this.#state = this.#afterLine();
    return next;
  }

  #afterLine(): State {
    if (this.#state === "size line") return this.#left > 0 ? "data" : "trailers";
    return this.#state === "data end" ? "size" : "over";
  }

  #keepUpTo(end: number): void {
    if (end > this.#kept) this.#pieces.push(this.#input.subarray(this.#kept, end));
    this.#kept = end;
  }
}

function isHexDigit(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x66);
}
