import { TransferFailure } from "../transfer/failures.ts";
import { trimSpaces } from "../transfer/trim.ts";

/** Bytes of a line of a head, its end included (CURL_MAX_HTTP_HEADER). */
export const LONGEST_LINE = 100 * 1024;

// Nothing here that any parser of HTTP/1.1 could stumble over, or understand in another way than curl does.
const CLEAN =
  /^HTTP\/1\.[01] [2-9]\d\d(?: [^\r\n\0]*)?\r\n(?:[!#$%&'*+\-.^_`|~\w]+:[\t\x20-\x7e\x80-\xff]*\r\n)*\r\n$/;
const FRAMING = /\n(?:content-length|transfer-encoding):([^\r\n]*)/gi;
const STATUS_LINE = /^HTTP\/(?:1\.([01])|2)[ \t](\d{3})[ \t-\r]/;
const LARGEST_LENGTH = 2n ** 63n - 1n;
const MOST_DIGITS = String(LARGEST_LENGTH).length;
/** Of a Keep-Alive header that is worth handing on. */
const LONGEST_HINT = 64;

/** Whether a response of HTTP can begin with these characters, five at most. */
export function mayBeHttp(start: string): boolean {
  return "http/".startsWith(start.toLowerCase());
}

/**
 * How the content is framed behind a head (latin1, whole) that means the same to every parser: by its length, in digits,
 * "chunked", or "". Null for any other head.
 */
export function cleanFraming(head: string): string | null {
  if (!CLEAN.test(head)) return null;
  FRAMING.lastIndex = 0;
  const found = FRAMING.exec(head)?.[1];
  if (found === undefined) return "";
  const value = trimSpaces(found).toLowerCase();
  const status = head.slice(9, 12);
  const isPlain = value === "chunked" || /^\d{1,15}$/.test(value);
  const hasContent = (status !== "204" && status !== "304") || value === "0";
  // One alone, and none without content, is what undici 7 and curl understand alike.
  return isPlain && hasContent && FRAMING.exec(head) === null ? value : null;
}

/**
 * Reads the head of a response a line at a time, as leniently as curl does (Curl_http_readwrite_headers): lines that end
 * with LF alone, folded ones, names with blanks, several lengths, a length beside chunks.
 */
export class ResponseHead {
  /** 0 before the status line. */
  status = 0;
  /** The first that is not empty, of a redirect; null if there is none. */
  location: string | null = null;
  readonly #isOfHead: boolean;
  #isChunked = false;
  #isTooLarge = false;
  #length = -1n;
  /** Of a version that closes unless told otherwise. */
  #isOld = false;
  #isKept = false;
  #isClosing = false;
  #keepAlive: string | null = null;
  #lines = 0;

  /** @param isOfHead whether it answers HEAD: then no content follows, whatever it says */
  constructor(isOfHead = false) {
    this.#isOfHead = isOfHead;
  }

  /** Whether content follows in chunks. */
  get isChunked(): boolean {
    return this.#isChunked && !this.#isOfHead;
  }

  /** Whether a length is beyond 63 bits. It does not count, but is above every limit. */
  get isLengthTooLarge(): boolean {
    return this.#isTooLarge && !this.#isOfHead;
  }

  /** Whether content was announced that has to come. */
  get hasContent(): boolean {
    return !this.#isOfHead && (this.#isChunked || this.#length > 0n);
  }

  /**
   * Takes the next line, its LF included.
   *
   * @returns whether it was the empty one at the end
   * @throws TransferFailure UNSUPPORTED_PROTOCOL for what is not HTTP, WEIRD_SERVER_REPLY for a bad header,
   * BAD_FUNCTION_ARGUMENT for one with CR in its name, OUT_OF_MEMORY for a line above 100 KiB
   */
  readLine(line: string): boolean {
    // The first bytes tell, before there are too many of them.
    if (this.#lines === 0 && !mayBeHttp(line.slice(0, 5))) throw new TransferFailure("UNSUPPORTED_PROTOCOL");
    if (line.length >= LONGEST_LINE) throw new TransferFailure("OUT_OF_MEMORY");
    if (this.#lines > 0 && (line.startsWith("\r") || line.startsWith("\n"))) return true;
    if (this.#lines++ === 0) this.#readStatusLine(line);
    if (line.includes("\0")) throw new TransferFailure("WEIRD_SERVER_REPLY");
    if (this.#lines > 1) this.#readHeader(line);
    return false;
  }

  /**
   * A head that says the same with nothing to argue about, and nothing that nobody asks for.
   *
   * @param isClean whether `cleanFraming` took the head
   */
  repair(isClean = false): string {
    // Nobody asked to switch protocols: whatever comes is content, as for any final status (undici would fail).
    if (this.status === 101) return "HTTP/1.1 200 X\r\nconnection: close\r\n\r\n";
    const lines = [`HTTP/1.1 ${this.status} X`];
    // A tab makes a URL as malformed as any control character does, and gets past the parser.
    const isMalformed = this.location !== null && /[^\x20-\x7e\x80-\xff]/.test(this.location);
    if (this.location !== null) lines.push(`location: ${isMalformed ? "a\tb" : this.location}`);
    if (this.#isOfHead && !this.#isBodyless) lines.push("content-length: 0");
    else if (this.#isChunked) lines.push("transfer-encoding: chunked");
    else if (this.#length >= 0n) lines.push(`content-length: ${this.#length}`);
    // After anything odd the next response may begin anywhere.
    const isClosing = this.#isClosing || (this.#isOld && !this.#isKept);
    if (isClosing || !(isClean || this.#isBodyless)) lines.push("connection: close");
    else if (isClean && this.#keepAlive !== null) lines.push(`keep-alive: ${this.#keepAlive}`);
    return `${lines.join("\r\n")}\r\n\r\n`;
  }

  get #isBodyless(): boolean {
    return this.status < 200 || this.status === 204 || this.status === 304;
  }

  /** A line that begins as HTTP's do and is no status line of versions 1 and 2 is "200" of HTTP/1.0 to curl. */
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
    // Folded lines mean nothing to curl; only the second line can be none.
    const isFolded = this.#lines > 2 && (line.startsWith(" ") || line.startsWith("\t"));
    if (isFolded) return;
    if (colon < 0) throw new TransferFailure("WEIRD_SERVER_REPLY");
    // To curl's list of headers a line ends at its first CR.
    if (line.lastIndexOf("\r", colon) >= 0) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
    // A name ends right before its colon: with a blank there it is another name.
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

  /** The last length counts. */
  #readLength(value: string): void {
    const digits = /^[ \t]*\+?(\d+)/.exec(value)?.[1]?.replace(/^0+(?=\d)/, "");
    if (digits === undefined) throw new TransferFailure("WEIRD_SERVER_REPLY");
    const length = digits.length > MOST_DIGITS ? null : BigInt(digits);
    if (length !== null && length <= LARGEST_LENGTH) this.#length = length;
    else this.#isTooLarge = this.#isClosing = true;
  }

  /** What is not chunked first is not decoded at all. */
  #readCodings(value: string): void {
    const first = /[^ \t-\r,][^,]*/.exec(value)?.[0] ?? "";
    if (trimSpaces(first).toLowerCase() === "chunked") this.#isChunked = true;
  }
}
