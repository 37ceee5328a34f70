import { ChunkFilter } from "./chunk-filter.ts";
import { TransferFailure } from "./failures.ts";
import { LONGEST_LINE, mayBeHttp, type ResponseHead, readCutHead, readHead } from "./response-head.ts";

// MAX_HTTP_RESP_HEADER_SIZE, of all heads together that answer one request.
const MOST_BYTES = 300 * 1024;
const LEAST_ROOM = 4096;
const LF = 0x0a;

/**
 * What stands between a socket and undici's parser: hands over the head of each response in a form that the parser takes,
 * without the interim ones before it, and the content: untouched, but for chunks. Curl is lenient about both, undici strict.
 */
export class HeadFilter {
  /** Whether a line arrived since `expect`: libcurl counts no part of one. */
  isAnswered = false;
  /** The status of the response, where the parser is shown another; else 0. */
  hiddenStatus = 0;
  #isInHead = false;
  #isChunked = false;
  readonly #chunks = new ChunkFilter();
  /** Bytes of the heads that answer this request, as far as they are complete. */
  #complete = 0;
  /** An incomplete head, in a buffer with room to grow. */
  #held: Buffer = Buffer.alloc(0);
  #size = 0;
  /** Where its last line begins. */
  #lineStart = 0;

  /** A request is on its way, and may find no connection any more. */
  expect(): void {
    this.isAnswered = false;
  }

  /** The request is written: what arrives next is the head of a response. */
  begin(): void {
    this.expect();
    this.hiddenStatus = 0;
    this.#isInHead = true;
    this.#isChunked = false;
    this.#complete = 0;
    this.#size = 0;
  }

  /**
   * What the parser gets for a chunk from the socket; null is nothing yet.
   *
   * @throws TransferFailure for what is no response, see `readHead`; RECV_ERROR above 300 KiB, and see `ChunkFilter`
   */
  pass(chunk: Buffer): Buffer | null {
    if (!this.#isInHead) return this.#isChunked ? this.#chunks.pass(chunk) : chunk;
    this.isAnswered ||= chunk.includes(LF);
    const seen = this.#size;
    let rest = seen === 0 ? chunk : this.#append(chunk);
    for (let end = endOfHead(rest, Math.max(0, seen - 2)); end > 0; end = endOfHead(rest, 0)) {
      const head = readHead(rest.toString("latin1", 0, end));
      this.#complete += head.size;
      if (this.#complete > MOST_BYTES) throw new TransferFailure("RECV_ERROR");
      if (head.status >= 200 || head.status === 101) return this.#show(head, rest);
      rest = rest.subarray(head.size);
    }
    if (seen === 0 || rest.length < this.#size) this.#hold(rest);
    this.#check();
    return null;
  }

  /**
   * The status of a response whose head ended with the connection; 0 if there is none.
   *
   * @throws TransferFailure see `readCutHead`
   */
  endInHead(): number {
    if (!this.#isInHead || this.#size === 0) return 0;
    const status = readCutHead(this.#held.toString("latin1", 0, this.#size));
    return status >= 200 ? status : 0;
  }

  #show({ status, size, repaired, isChunked }: ResponseHead, bytes: Buffer): Buffer {
    this.#isInHead = false;
    this.#isChunked = isChunked;
    if (isChunked) this.#chunks.begin();
    const rest = bytes.subarray(size);
    const content = isChunked ? this.#chunks.pass(rest) : rest;
    if (repaired === null && content === rest) return bytes;
    if (status === 101) this.hiddenStatus = status;
    return Buffer.concat([
      repaired === null ? bytes.subarray(0, size) : Buffer.from(repaired, "latin1"),
      content,
    ]);
  }

  #append(chunk: Buffer): Buffer {
    const size = this.#size + chunk.length;
    if (size > this.#held.length) {
      const held = Buffer.allocUnsafe(2 * size);
      this.#held.copy(held, 0, 0, this.#size);
      this.#held = held;
    }
    chunk.copy(this.#held, this.#size);
    const lineEnd = chunk.lastIndexOf(LF);
    if (lineEnd >= 0) this.#lineStart = this.#size + lineEnd + 1;
    this.#size = size;
    return this.#held.subarray(0, size);
  }

  #hold(rest: Buffer): void {
    this.#held = Buffer.allocUnsafe(Math.max(LEAST_ROOM, 2 * rest.length));
    this.#size = rest.copy(this.#held);
    this.#lineStart = rest.lastIndexOf(LF) + 1;
  }

  /** Does not wait for the rest of what can be no response, or none that would be taken. */
  #check(): void {
    if (!mayBeHttp(this.#held.toString("latin1", 0, Math.min(this.#size, 5)))) {
      throw new TransferFailure("UNSUPPORTED_PROTOCOL");
    }
    if (this.#complete + this.#size > MOST_BYTES) throw new TransferFailure("RECV_ERROR");
    if (this.#size - this.#lineStart > LONGEST_LINE) throw new TransferFailure("OUT_OF_MEMORY");
  }
}

/** Where the first empty line ends, or somewhere behind it; 0 if there is none yet. */
function endOfHead(bytes: Buffer, from: number): number {
  const crlf = bytes.indexOf("\n\r\n", from, "latin1");
  if (crlf >= 0) return crlf + 3;
  const lf = bytes.indexOf("\n\n", from, "latin1");
  return lf >= 0 ? lf + 2 : 0;
}
