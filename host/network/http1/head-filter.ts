import { LONGEST_LINE, MOST_HEAD_BYTES } from "../response/head-limits.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { type HeadBytes, keepHead } from "../transfer/kept-head.ts";
import { ChunkFilter } from "./chunk-filter.ts";
import { readCleanHead } from "./clean-head.ts";
import { mayBeHttp, ResponseHead } from "./response-head.ts";

/**
 * From larger heads the filter removes the headers that nobody needs, because the parser needs time for each header.
 */
const LARGE = 8 * 1024;
const LEAST_ROOM = 4096;
const LF = 0x0a;
const NOTHING = Buffer.alloc(0);

/**
 * It is between a socket and undici's parser. curl is lenient and undici is strict, so it writes the head of each
 * response in a form that the parser accepts. It leaves out the interim heads before it, and passes on the content
 * after it.
 */
export class HeadFilter {
  /** Whether a complete line has come since `expect`. As in libcurl, a part of a line does not count. */
  isAnswered = false;
  /** The real status of the response, if the parser was given another one; otherwise 0. */
  hiddenStatus = 0;
  /** Number of bytes of the head of this response, and of the interim heads before it. */
  headBytes = 0;
  #isInHead = false;
  #isOfHead = false;
  /** For chunked content; otherwise null. */
  #chunks: ChunkFilter | null = null;
  /** Reads the head line by line; null until that is needed. */
  #lines: ResponseHead | null = null;
  /** The head so far, in a buffer that has room for more. */
  #held: Buffer = NOTHING;
  #size = 0;
  /** What begins with the head of this response, and how long the head is. It is kept until it is taken. */
  #whole: Buffer = NOTHING;
  #wholeSize = 0;
  /** The start of the line that is not complete yet. */
  #lineStart = 0;

  /** See `ResponseHead.isLengthTooLarge`. */
  get isLengthTooLarge(): boolean {
    return this.#lines?.isLengthTooLarge === true;
  }

  /** See `ChunkFilter.lacksLf`. */
  get lacksLf(): boolean {
    return this.#chunks?.lacksLf === true;
  }

  /** Called before a request is written. The peer may have closed the connection already. */
  expect(): void {
    this.isAnswered = false;
  }

  /**
   * Called when the request is written. The next bytes are the head of the response.
   *
   * @param isOfHead whether the request is HEAD; then no content follows
   */
  begin(isOfHead = false): void {
    this.expect();
    this.hiddenStatus = 0;
    this.headBytes = 0;
    this.#isInHead = true;
    this.#isOfHead = isOfHead;
    this.#chunks = null;
    this.#beginHead();
  }

  /**
   * Returns what the parser gets instead of a chunk from the socket; null if it gets nothing yet.
   *
   * @throws TransferFailure for a wrong response, see `ResponseHead.readLine` and `ChunkFilter.pass`; RECV_ERROR for
   * heads of more than 300 KiB
   */
  pass(chunk: Buffer): Buffer | null {
    if (!this.#isInHead) return this.#passChunks(chunk);
    const clean = this.headBytes === 0 && this.#size === 0 ? this.#cleanSize(chunk) : 0;
    if (clean > 0) return this.#passContent(chunk, clean);
    let searched = this.#size;
    let bytes = searched === 0 ? chunk : this.#append(chunk);
    for (let end = bytes.indexOf(LF, searched); end >= 0; end = bytes.indexOf(LF, searched)) {
      searched = end + 1;
      if (!this.#readLine(bytes, searched)) continue;
      const { status } = this.#head;
      if (status >= 200 || status === 101) return this.#show(bytes);
      bytes = bytes.subarray(searched);
      searched = 0;
      this.#beginHead();
    }
    if (this.#size === 0) this.#hold(bytes);
    this.#checkLine();
    return null;
  }

  /** The head so far, if the connection ended within it; null if not even its first line is complete. */
  cutHead(): ResponseHead | null {
    return this.#isInHead && this.#head.status > 0 ? this.#head : null;
  }

  get #head(): ResponseHead {
    this.#lines ??= new ResponseHead(this.#isOfHead);
    return this.#lines;
  }

  /** The head of the response, or what came of it. An idle connection must not hold it. */
  takeHead(): HeadBytes {
    const isCut = this.#isInHead;
    const head = isCut ? keepHead(this.#held, this.#lineStart) : keepHead(this.#whole, this.#wholeSize);
    this.#whole = NOTHING;
    this.#wholeSize = 0;
    return head;
  }

  #beginHead(): void {
    this.#lines = null;
    this.#size = 0;
    this.#lineStart = 0;
  }

  /**
   * The size of the head at the start of the bytes, if it is complete and the parser can have it as it is; otherwise 0.
   */
  #cleanSize(bytes: Buffer): number {
    if (this.#isOfHead) return 0;
    const head = readCleanHead(bytes.length > LARGE ? bytes.subarray(0, LARGE) : bytes);
    if (head === null) return 0;
    this.#count(head.size);
    this.#whole = bytes;
    this.#wholeSize = head.size;
    if (head.isChunked) this.#chunks = new ChunkFilter();
    return head.size;
  }

  /** Passes on a head and the content after it. */
  #passContent(bytes: Buffer, headSize: number): Buffer {
    this.#isInHead = false;
    if (this.#chunks === null) return bytes;
    const content = bytes.subarray(headSize);
    const passed = this.#passChunks(content);
    return passed === content
      ? bytes
      : Buffer.concat([bytes.subarray(0, headSize), passed ?? Buffer.alloc(0)]);
  }

  #passChunks(content: Buffer): Buffer | null {
    const passed = this.#chunks === null ? content : this.#chunks.pass(content);
    return passed.length === 0 && passed !== content ? null : passed;
  }

  /** Reads the line that ends at `end`. Returns whether it is the last line of the head. */
  #readLine(bytes: Buffer, end: number): boolean {
    const line = bytes.toString("latin1", this.#lineStart, end);
    this.#lineStart = end;
    const isLast = this.#head.readLine(line);
    this.#count(line.length);
    return isLast;
  }

  #count(size: number): void {
    this.isAnswered = true;
    this.headBytes += size;
    if (this.headBytes > MOST_HEAD_BYTES) throw new TransferFailure("RECV_ERROR");
  }

  #show(bytes: Buffer): Buffer {
    const size = this.#lineStart;
    this.#whole = bytes;
    this.#wholeSize = size;
    const isClean = readCleanHead(bytes.subarray(0, size)) !== null;
    if (this.#head.status === 101) this.hiddenStatus = this.#head.status;
    if (this.#head.isChunked) this.#chunks = new ChunkFilter();
    if (isClean && size <= LARGE && !this.#isOfHead) return this.#passContent(bytes, size);
    const head = Buffer.from(this.#head.repair(isClean), "latin1");
    return this.#passContent(Buffer.concat([head, bytes.subarray(size)]), head.length);
  }

  #append(chunk: Buffer): Buffer {
    const size = this.#size + chunk.length;
    if (size > this.#held.length) {
      const held = Buffer.allocUnsafe(2 * size);
      this.#held.copy(held, 0, 0, this.#size);
      this.#held = held;
    }
    chunk.copy(this.#held, this.#size);
    this.#size = size;
    return this.#held.subarray(0, size);
  }

  #hold(bytes: Buffer): void {
    this.#held = Buffer.allocUnsafe(Math.max(LEAST_ROOM, 2 * bytes.length));
    this.#size = bytes.copy(this.#held);
  }

  /** Fails early: if a line cannot be of a response, or is too long, it does not wait for the rest of the line. */
  #checkLine(): void {
    const isFirst = this.#head.status === 0;
    if (isFirst && !mayBeHttp(this.#held.toString("latin1", 0, Math.min(this.#size, 5)))) {
      throw new TransferFailure("UNSUPPORTED_PROTOCOL");
    }
    if (this.#size - this.#lineStart >= LONGEST_LINE) throw new TransferFailure("OUT_OF_MEMORY");
  }
}
