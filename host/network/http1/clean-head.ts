/** A head of a response that every parser of HTTP/1.1 accepts, and understands in the same way as curl. */
export interface CleanHead {
  /** Number of bytes, with the empty line at its end. */
  readonly size: number;
  /** Whether content follows in chunks. */
  readonly isChunked: boolean;
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const BLANK = 0x20;
const COLON = 0x3a;
const DEL = 0x7f;
const VERSION = Buffer.from("HTTP/1.");
const STATUS_AT = "HTTP/1.x ".length;
/** The bit in which letters of both cases differ. No other byte of a name becomes a letter by it. */
const CASE = 0x20;
const NAME = 1;
const VALUE = 2;
const REASON = 4;

/** Of a length that any parser can keep. */
const MOST_DIGITS = 15;

const LENGTH = Buffer.from("content-length");
const CODING = Buffer.from("transfer-encoding");

/** For each byte, in which parts of a head it may be. */
const PARTS = Uint8Array.from({ length: 256 }, (_, byte) => {
  const isName = /[!#$%&'*+\-.^_`|~\w]/.test(String.fromCharCode(byte));
  const isValue = byte === TAB || (byte >= BLANK && byte !== DEL);
  const isReason = byte !== 0 && byte !== CR && byte !== LF;
  return (isName ? NAME : 0) | (isValue ? VALUE : 0) | (isReason ? REASON : 0);
});

/** Reads the head at the start of `bytes`, in one pass. Null if it is not complete, or if anything in it is odd. */
export function readCleanHead(bytes: Buffer): CleanHead | null {
  return new CleanHeadReader(bytes).read();
}

class CleanHeadReader {
  readonly #bytes: Buffer;
  #pos = 0;
  #isFramed = false;
  #isChunked = false;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): CleanHead | null {
    if (!this.#readStatusLine()) return null;
    while (this.#bytes[this.#pos] !== CR) if (!this.#readHeader()) return null;
    return this.#readLineEnd() ? { size: this.#pos, isChunked: this.#isChunked } : null;
  }

  #readStatusLine(): boolean {
    const bytes = this.#bytes;
    if (!isAt(bytes, 0, VERSION, 0)) return false;
    const minor = digitAt(bytes, VERSION.length);
    const isVersion = (minor === 0 || minor === 1) && bytes[STATUS_AT - 1] === BLANK;
    if (!isVersion || !(this.#status >= 200)) return false;
    this.#pos = STATUS_AT + 3;
    if (bytes[this.#pos] === BLANK) this.#skip(REASON);
    return this.#readLineEnd();
  }

  /** NaN if it is no number of three digits. */
  get #status(): number {
    const at = STATUS_AT;
    const bytes = this.#bytes;
    return 100 * digitAt(bytes, at) + 10 * digitAt(bytes, at + 1) + digitAt(bytes, at + 2);
  }

  #readHeader(): boolean {
    const start = this.#pos;
    this.#skip(NAME);
    const colon = this.#pos;
    if (colon === start || this.#bytes[colon] !== COLON) return false;
    this.#pos++;
    this.#skip(VALUE);
    const end = this.#pos;
    return this.#readLineEnd() && this.#readFraming(start, colon, end);
  }

  /** Returns false if parsers may not agree about where the content ends. */
  #readFraming(start: number, colon: number, end: number): boolean {
    const isLength = colon - start === LENGTH.length && isAt(this.#bytes, start, LENGTH, CASE);
    const isCoding = colon - start === CODING.length && isAt(this.#bytes, start, CODING, CASE);
    if (!isLength && !isCoding) return true;
    // undici 7 and curl agree only if there is one such header, and if the status allows content.
    if (this.#isFramed) return false;
    this.#isFramed = true;
    this.#isChunked = isCoding;
    const hasContent = this.#status !== 204 && this.#status !== 304;
    if (isCoding) return hasContent && this.#isChunkedAt(colon + 1, end);
    return hasContent
      ? this.#lengthAt(colon + 1, end, MOST_DIGITS) >= 0
      : this.#lengthAt(colon + 1, end, 1) === 0;
  }

  /** The parser does not know "chunked" with a tab. */
  #isChunkedAt(start: number, end: number): boolean {
    return /^ *chunked *$/i.test(this.#bytes.toString("latin1", start, end));
  }

  /** A number between blanks; -1 if it is none that every parser understands. They refuse one with a tab behind it. */
  #lengthAt(start: number, end: number, mostDigits: number): number {
    const bytes = this.#bytes;
    let from = start;
    let to = end;
    while (from < to && bytes[from] === BLANK) from++;
    while (from < to && bytes[to - 1] === BLANK) to--;
    if (from === to || to - from > mostDigits) return -1;
    let length = 0;
    for (let at = from; at < to; at++) length = 10 * length + digitAt(bytes, at);
    // NaN if a byte is no digit.
    return length >= 0 ? length : -1;
  }

  #skip(part: number): void {
    const bytes = this.#bytes;
    let pos = this.#pos;
    while (pos < bytes.length && ((PARTS[bytes[pos] as number] as number) & part) !== 0) pos++;
    this.#pos = pos;
  }

  #readLineEnd(): boolean {
    const at = this.#pos;
    this.#pos += 2;
    return this.#bytes[at] === CR && this.#bytes[at + 1] === LF;
  }
}

/** Whether these bytes are at a place, if `ignored` is a bit that does not count. */
function isAt(bytes: Buffer, start: number, text: Buffer, ignored: number): boolean {
  for (let i = 0; i < text.length; i++) {
    if (((bytes[start + i] as number) | ignored) !== text[i]) return false;
  }
  return true;
}

function digitAt(bytes: Buffer, at: number): number {
  const digit = (bytes[at] as number) - 0x30;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}
