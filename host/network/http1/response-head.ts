import { LONGEST_LINE } from "../response/head-limits.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { trimSpaces } from "../transfer/trim.ts";

const STATUS_LINE = /^HTTP\/(?:1\.([01])|2)[ \t](\d{3})[ \t-\r]/;
const LARGEST_LENGTH = 2n ** 63n - 1n;
const MOST_DIGITS = String(LARGEST_LENGTH).length;
/** Maximum length of a Keep-Alive header that is passed on. */
const LONGEST_HINT = 64;

/** Whether a response of HTTP can begin with these characters, which are five at most. */
export function mayBeHttp(start: string): boolean {
  return "http/".startsWith(start.toLowerCase());
}

/**
 * Reads the head of a response, line by line, as leniently as curl (Curl_http_readwrite_headers). It accepts lines that
 * end with only LF, folded lines, names with blanks, several lengths, and a length together with chunks.
 */
export class ResponseHead {
  /** 0 before the status line. */
  status = 0;
  /** The first Location that is not empty, if the status is that of a redirect; null if there is none. */
  location: string | null = null;
  readonly #isOfHead: boolean;
  #isChunked = false;
  #isTooLarge = false;
  #length = -1n;
  /** Whether it is HTTP/1.0, which closes the connection by default. */
  #isOld = false;
  #isKept = false;
  #isClosing = false;
  #keepAlive: string | null = null;
  #lines = 0;

  /** @param isOfHead whether it is the answer to HEAD; then no content follows, even if the head announces some */
  constructor(isOfHead = false) {
    this.#isOfHead = isOfHead;
  }

  /** Whether content follows in chunks. */
  get isChunked(): boolean {
    return this.#isChunked && !this.#isOfHead;
  }

  /** Whether a length does not fit into 63 bits. Such a length is ignored, but it is above every limit. */
  get isLengthTooLarge(): boolean {
    return this.#isTooLarge && !this.#isOfHead;
  }

  /** Whether the head announces content that must come. */
  get hasContent(): boolean {
    return !this.#isOfHead && (this.#isChunked || this.#length > 0n);
  }

  /**
   * Reads the next line, which includes its LF.
   *
   * @returns whether it was the empty line at the end
   * @throws TransferFailure UNSUPPORTED_PROTOCOL for what is not HTTP, WEIRD_SERVER_REPLY for a bad header,
   * BAD_FUNCTION_ARGUMENT for a header with CR in its name, OUT_OF_MEMORY for a line of 100 KiB or more
   */
  readLine(line: string): boolean {
    // The first bytes are enough to decide this, so it is checked before the length.
    if (this.#lines === 0 && !mayBeHttp(line.slice(0, 5))) throw new TransferFailure("UNSUPPORTED_PROTOCOL");
    if (line.length >= LONGEST_LINE) throw new TransferFailure("OUT_OF_MEMORY");
    if (this.#lines > 0 && (line.startsWith("\r") || line.startsWith("\n"))) return true;
    if (this.#lines++ === 0) this.#readStatusLine(line);
    if (line.includes("\0")) throw new TransferFailure("WEIRD_SERVER_REPLY");
    if (this.#lines > 1) this.#readHeader(line);
    return false;
  }

  /**
   * Writes a head that means the same, in a form that is not ambiguous, and without the headers that nobody needs.
   *
   * @param isClean whether `readCleanHead` accepted the head
   */
  repair(isClean = false): string {
    // We never ask to switch protocols, so everything that follows is content, as after any final status. undici would
    // fail with status 101.
    if (this.status === 101) return "HTTP/1.1 200 X\r\nconnection: close\r\n\r\n";
    const lines = [`HTTP/1.1 ${this.status} X`];
    // This Location will be refused as malformed. The parser would not accept its bytes, so it gets a tab instead,
    // which makes the URL malformed too.
    const isMalformed = this.location !== null && /[^\x20-\x7e\x80-\xff]/.test(this.location);
    if (this.location !== null) lines.push(`location: ${isMalformed ? "a\tb" : this.location}`);
    if (this.#isOfHead && !this.#isBodyless) lines.push("content-length: 0");
    else if (this.#isChunked) lines.push("transfer-encoding: chunked");
    else if (this.#length >= 0n) lines.push(`content-length: ${this.#length}`);
    // After an unusual head it is not certain where the next response begins.
    const isClosing = this.#isClosing || (this.#isOld && !this.#isKept);
    if (isClosing || !(isClean || this.#isBodyless)) lines.push("connection: close");
    else if (isClean && this.#keepAlive !== null) lines.push(`keep-alive: ${this.#keepAlive}`);
    return `${lines.join("\r\n")}\r\n\r\n`;
  }

  get #isBodyless(): boolean {
    return this.status < 200 || this.status === 204 || this.status === 304;
  }

  /**
   * If a line begins with "HTTP/" but is not a status line of version 1 or 2, curl reads it as HTTP/1.0 with status
   * 200.
   */
  #readStatusLine(line: string): void {
    const [, minor, status] = STATUS_LINE.exec(line) ?? [];
    const isAliased = status === undefined && /^HTTP\/[23]/.test(line);
    const isHttp = mayBeHttp(line.slice(0, 5)) && (!line.startsWith("HTTP/") || isAliased);
    if (status === undefined && (!isHttp || /^HTTP\/3[ \t]\d{3}\s/.test(line))) {
      throw new TransferFailure("UNSUPPORTED_PROTOCOL");
    }
    this.status = Number(status ?? 200);
    if (this.status < 100) throw new TransferFailure("UNSUPPORTED_PROTOCOL");
    this.#isOld = minor === "0" || status === undefined;
  }

  #readHeader(line: string): void {
    const colon = line.indexOf(":");
    // curl ignores folded lines. The second line of a head cannot be one.
    const isFolded = this.#lines > 2 && (line.startsWith(" ") || line.startsWith("\t"));
    if (isFolded) return;
    if (colon < 0) throw new TransferFailure("WEIRD_SERVER_REPLY");
    // In curl's list of headers, a line ends at its first CR.
    if (line.lastIndexOf("\r", colon) >= 0) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
    // The name is everything before the colon. With a blank before the colon it is a different name.
    const value = line.slice(colon + 1);
    switch (line.slice(0, colon).toLowerCase()) {
      case "content-length":
        if (!this.#isBodyless) this.#readLength(value);
        break;
      case "transfer-encoding":
        if (!this.#isBodyless) this.#readCodings(value);
        break;
      case "connection":
        this.#isClosing ||= /close/i.test(value);
        this.#isKept ||= /keep-alive/i.test(value);
        break;
      case "keep-alive":
        if (value.length <= LONGEST_HINT) this.#keepAlive ??= trimSpaces(value);
        break;
      case "location":
        if (this.status >= 300 && this.status <= 399) this.location ??= trimSpaces(value) || null;
    }
  }

  /** If there are several lengths, the last one counts. */
  #readLength(value: string): void {
    const digits = /^[ \t]*\+?(\d+)/.exec(value)?.[1]?.replace(/^0+(?=\d)/, "");
    if (digits === undefined) throw new TransferFailure("WEIRD_SERVER_REPLY");
    const length = digits.length > MOST_DIGITS ? null : BigInt(digits);
    if (length !== null && length <= LARGEST_LENGTH) this.#length = length;
    else this.#isTooLarge = this.#isClosing = true;
  }

  /** Only the first coding counts. If it is not "chunked", nothing is decoded. */
  #readCodings(value: string): void {
    const first = /[^ \t-\r,][^,]*/.exec(value)?.[0] ?? "";
    if (trimSpaces(first).toLowerCase() === "chunked") this.#isChunked = true;
  }
}
