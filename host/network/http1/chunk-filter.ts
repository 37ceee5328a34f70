import { TransferFailure } from "../transfer/failures.ts";
import { TrailerReader } from "./trailer-reader.ts";

// CHUNK_MAXNUM_LEN; a size of that many digits must fit 63 bits.
const MOST_DIGITS = 16;
const LARGEST_FIRST_DIGIT = 7;
const CR = 0x0d;
const LF = 0x0a;
const END_OF_LINE = Buffer.from("\r\n");
const END_OF_CHUNKS = Buffer.from("0\r\n\r\n");

/**
 * Bytes around content, beyond as many as there are of content: extensions, blanks, trailers. libcurl has no limit.
 * Each chunk has what its size and its line ends take for nothing.
 */
export const MOST_FRAMING = 1024 * 1024;
export const FRAMING_OF_CHUNK = MOST_DIGITS + 4;
/** Chunks of fewer bytes are joined where there are some: the parser would take its time for each. */
const LEAST_CHUNK = 512;
const SOME = 2;

type State = "size" | "size line" | "data" | "data end" | "trailers" | "over";

/**
 * Hands over chunked content in a form that undici's parser takes, reading it as leniently as curl does (Curl_httpchunk_read):
 * anything may stand between a chunk's size and the LF after it, and lines may end with LF alone. Small chunks become one,
 * and trailers are left out.
 */
export class ChunkFilter {
  #state: State = "size";
  /** Of the size that is being read. */
  #digits = 0;
  #firstDigit = 0;
  /** Bytes of the chunk that are still to come; the size so far while that is being read. */
  #left = 0;
  /** Whether the parser knows of them. */
  #isAnnounced = false;
  /** Bytes that may still come around the content. */
  #framing = MOST_FRAMING;
  readonly #trailers = new TrailerReader();
  #input: Buffer = Buffer.alloc(0);
  /** Where the data are in the input: start, end, start, end, … */
  #data: number[] = [];
  /** Chunks that end in the input. */
  #ended = 0;
  /** Whether all of the input is as RFC 9112 §7.1 has it, less extensions and trailers. */
  #isPlain = true;

  /**
   * The bytes that stand for `input`: these very bytes where nothing is odd. None if it takes more to say something.
   *
   * @throws TransferFailure RECV_ERROR for chunks that are none, and for more around the content than there is of it
   * and 1 MiB; see `TrailerReader`
   */
  pass(input: Buffer): Buffer {
    if (this.#isOver) return input;
    this.#input = input;
    this.#data = [];
    this.#ended = 0;
    this.#isPlain = true;
    const announced = this.#isAnnounced ? this.#left : 0;
    const isInStep = announced > 0 || this.#isBetween;
    let at = 0;
    while (at < input.length && !this.#isOver) at = this.#step(at);
    if (this.#framing < 0) throw new TransferFailure("RECV_ERROR");
    const staysAsItIs = isInStep && this.#isPlain && this.#isWhole && this.#isFewChunks;
    this.#isAnnounced = staysAsItIs && this.#state === "data";
    return staysAsItIs ? input : this.#frame(announced, at);
  }

  get #isOver(): boolean {
    return this.#state === "over";
  }

  /** Whether the size of a chunk comes next. */
  get #isBetween(): boolean {
    return this.#state === "size" && this.#digits === 0;
  }

  /** Whether the parser is not left within a line. */
  get #isWhole(): boolean {
    return this.#isOver || this.#state === "data" || this.#isBetween;
  }

  get #isFewChunks(): boolean {
    return this.#ended <= SOME || this.#input.length >= this.#ended * LEAST_CHUNK;
  }

  /** Reads on from `at`; where to go on from. */
  #step(at: number): number {
    if (this.#state === "size") return this.#readSize(at);
    if (this.#state === "size line") return this.#endLine(at, this.#input.indexOf(LF, at));
    if (this.#state === "data") return this.#readData(at);
    if (this.#state === "data end") return this.#endLine(at, this.#findDataEnd(at));
    return this.#readTrailers(at);
  }

  #readSize(at: number): number {
    let end = at;
    for (let digit = hexDigit(this.#input[end]); digit >= 0; digit = hexDigit(this.#input[++end])) {
      if (this.#digits++ === 0) this.#firstDigit = digit;
      if (this.#digits > MOST_DIGITS) throw new TransferFailure("RECV_ERROR");
      this.#left = this.#left * 16 + digit;
    }
    this.#framing -= end - at;
    if (end < this.#input.length) this.#endSize();
    return end;
  }

  #endSize(): void {
    const isTooLarge = this.#digits === MOST_DIGITS && this.#firstDigit > LARGEST_FIRST_DIGIT;
    if (this.#digits === 0 || isTooLarge) throw new TransferFailure("RECV_ERROR");
    this.#digits = 0;
    this.#framing += FRAMING_OF_CHUNK;
    this.#state = "size line";
  }

  #readData(at: number): number {
    const end = at + Math.min(this.#left, this.#input.length - at);
    this.#data.push(at, end);
    this.#framing += end - at;
    this.#left -= end - at;
    if (this.#left === 0) this.#state = "data end";
    return end;
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

  /** The line from `from` ends with the LF at `lf`; -1 is a LF that is still to come. */
  #endLine(from: number, lf: number): number {
    const next = lf < 0 ? this.#input.length : lf + 1;
    this.#framing -= next - from;
    this.#isPlain &&= lf === from + 1 && this.#input[from] === CR;
    if (lf >= 0) this.#state = this.#afterLine();
    return next;
  }

  #afterLine(): State {
    if (this.#state === "size line") return this.#left > 0 ? "data" : "trailers";
    if (this.#state === "trailers") return "over";
    this.#ended++;
    return "size";
  }

  /**
   * The data as one chunk.
   *
   * @param announced bytes of data that come first, and end a chunk that the parser knows of
   * @param rest where in the input the chunks are over
   */
  #frame(announced: number, rest: number): Buffer {
    const data = this.#join();
    const parts: Buffer[] = [];
    if (announced > 0) parts.push(data.subarray(0, announced), END_OF_LINE);
    const own = data.subarray(announced);
    if (own.length > 0) parts.push(Buffer.from(`${own.length.toString(16)}\r\n`), own, END_OF_LINE);
    if (this.#isOver) parts.push(END_OF_CHUNKS, this.#input.subarray(rest));
    return Buffer.concat(parts);
  }

  #join(): Buffer {
    const joined = Buffer.allocUnsafe(this.#input.length);
    let size = 0;
    for (let index = 0; index < this.#data.length; index += 2) {
      const [start, end] = [this.#data[index] as number, this.#data[index + 1] as number];
      if (end - start === 1) joined[size] = this.#input[start] as number;
      else this.#input.copy(joined, size, start, end);
      size += end - start;
    }
    return joined.subarray(0, size);
  }
}

/** The value of a digit; -1 if it is none. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
