import { TransferFailure } from "../transfer/failures.ts";
import { TrailerReader } from "./trailer-reader.ts";

// CHUNK_MAXNUM_LEN. A size with this many digits must fit into 63 bits.
const MOST_DIGITS = 16;
const LARGEST_FIRST_DIGIT = 7;
const CR = 0x0d;
const LF = 0x0a;
const END_OF_LINE = Buffer.from("\r\n");
const END_OF_CHUNKS = Buffer.from("0\r\n\r\n");

/**
 * The bytes around the content (extensions, blanks, trailers) may be as many as the content, and this many more.
 * libcurl has no such limit. The size and the line ends of a chunk do not count.
 */
export const MOST_FRAMING = 1024 * 1024;
export const FRAMING_OF_CHUNK = MOST_DIGITS + 4;
/** If an input has many chunks that are smaller than this, they are joined, because the parser needs time for each. */
const LEAST_CHUNK = 512;
const SOME = 2;
/** A size of one digit. */
const LONGEST_SHORT = 15;
/** Bytes around the data of such a chunk, if its lines end with CR and LF. */
const SHORT_FRAMING = 5;

type State = "size" | "size line" | "data" | "data end" | "trailers" | "over";

/**
 * Reads chunked content as leniently as curl (Curl_httpchunk_read), and writes it in a form that undici's parser
 * accepts. Between the size of a chunk and the LF after it, there may be anything, and a line may end with only LF.
 * Small chunks are joined, and trailers are left out.
 */
export class ChunkFilter {
  #state: State = "size";
  /** Number of digits so far of the size that is being read. */
  #digits = 0;
  #firstDigit = 0;
  /** Bytes of the chunk that are still to come. While the size is being read, it is the size so far. */
  #left = 0;
  /** Whether the parser has got the size of the chunk that is still to come. */
  #isAnnounced = false;
  /** How many more bytes may come around the content. */
  #framing = MOST_FRAMING;
  readonly #trailers = new TrailerReader();
  #input: Buffer = Buffer.alloc(0);
  /** The positions of the data in the input: start, end, start, end, … */
  #data: number[] = [];
  /** Number of chunks that end in the input. */
  #ended = 0;
  /** Whether the whole input follows RFC 9112 §7.1, without extensions and trailers. */
  #isPlain = true;

  /**
   * Returns the bytes that the parser gets instead of `input`. They are `input` itself if there is nothing unusual in
   * it. They are empty if more input is needed first.
   *
   * @throws TransferFailure RECV_ERROR for malformed chunks, and if the bytes around the content are more than the
   * content and 1 MiB; see also `TrailerReader`
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
    const staysAsItIs = isInStep && this.#isPlain && this.#isWhole && this.#isFewChunks;
    this.#isAnnounced = staysAsItIs && this.#state === "data";
    return staysAsItIs ? input : this.#frame(announced, at);
  }

  /** Whether only the very last LF is still to come. curl does not miss it (CHUNK_STOP in Curl_httpchunk_read). */
  get lacksLf(): boolean {
    return this.#state === "trailers" && this.#trailers.lacksLf;
  }

  get #isOver(): boolean {
    return this.#state === "over";
  }

  /** Whether the size of a chunk comes next. */
  get #isBetween(): boolean {
    return this.#state === "size" && this.#digits === 0;
  }

  /** Whether the parser is not in the middle of a line after this input. */
  get #isWhole(): boolean {
    return this.#isOver || this.#state === "data" || this.#isBetween;
  }

  get #isFewChunks(): boolean {
    return this.#ended <= SOME || this.#input.length >= this.#ended * LEAST_CHUNK;
  }

  /** Reads from `at`. Returns the position where reading must continue. */
  #step(at: number): number {
    if (this.#state === "size") return this.#readShortChunk(at) ?? this.#readSize(at);
    if (this.#state === "size line") return this.#endLine(at, this.#findLineEnd(at));
    if (this.#state === "data") return this.#readData(at);
    if (this.#state === "data end") return this.#endLine(at, this.#findDataEnd(at));
    return this.#readTrailers(at);
  }

  /** Reads a chunk of fewer than 16 bytes in one go, because a server may send very many. Null if it is not whole, or unusual. */
  #readShortChunk(at: number): number | null {
    const input = this.#input;
    const size = this.#digits === 0 ? hexDigit(input[at]) : 0;
    if (size <= 0) return null;
    const sizeEnd = input[at + 1] === CR ? at + 2 : at + 1;
    if (input[sizeEnd] !== LF) return null;
    const dataEnd = sizeEnd + 1 + size;
    const end = input[dataEnd] === CR ? dataEnd + 1 : dataEnd;
    if (input[end] !== LF) return null;
    this.#data.push(sizeEnd + 1, dataEnd);
    const around = end + 1 - at - size;
    this.#framing += FRAMING_OF_CHUNK + size - around;
    this.#isPlain &&= around === SHORT_FRAMING;
    this.#ended++;
    return end + 1;
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

  /** The position of the next LF; -1 if it is still to come. There is rarely much before it, so the first bytes are looked at here. */
  #findLineEnd(at: number): number {
    if (this.#input[at] === LF) return at;
    return this.#input[at + 1] === LF ? at + 1 : this.#input.indexOf(LF, at);
  }

  #readData(at: number): number {
    const end = at + Math.min(this.#left, this.#input.length - at);
    this.#data.push(at, end);
    this.#framing += end - at;
    this.#left -= end - at;
    if (this.#left === 0) this.#state = "data end";
    return end;
  }

  /** The position of the LF after the data of a chunk; -1 if it is still to come. */
  #findDataEnd(at: number): number {
    for (let end = at; end < this.#input.length; end++) {
      if (this.#input[end] === LF) return end;
      if (this.#input[end] !== CR) throw new TransferFailure("RECV_ERROR");
    }
    return -1;
  }

  /** Reads no more trailers than there may be. */
  #readTrailers(at: number): number {
    const most = this.#input.subarray(0, at + this.#framing + 1);
    return this.#endLine(at, this.#trailers.read(most, at), most.length);
  }

  /** Ends the line from `from` with the LF at `lf`. If `lf` is -1, the LF is still to come, behind `end`. */
  #endLine(from: number, lf: number, end = this.#input.length): number {
    const next = lf < 0 ? end : lf + 1;
    this.#framing -= next - from;
    // At each line, so that it does not matter where the bytes are cut.
    if (this.#framing < 0) throw new TransferFailure("RECV_ERROR");
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
   * Writes all data as one chunk.
   *
   * @param announced number of bytes at the start that belong to the chunk whose size the parser has
   * @param rest the position in the input after the last chunk
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
      if (end - start > LONGEST_SHORT) size += this.#input.copy(joined, size, start, end);
      else for (let at = start; at < end; at++) joined[size++] = this.#input[at] as number;
    }
    return joined.subarray(0, size);
  }
}

/** The value of a hexadecimal digit; -1 if it is not one. */
function hexDigit(byte: number | undefined): number {
  if (byte === undefined) return -1;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
