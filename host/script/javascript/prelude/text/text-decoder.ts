import { type Bytes, bufferOf, concat, viewOf } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { toDictionary } from "../values/idl.ts";
import { unfinishedSize } from "./unfinished.ts";

/** Encodings of which a character may be in two pieces in other ways than `unfinishedSize` knows. */
const NOT_IN_PIECES: ReadonlySet<string> = new Set([
  "gbk",
  "gb18030",
  "big5",
  "euc-jp",
  "iso-2022-jp",
  "shift_jis",
  "euc-kr",
]);

export class TextDecoder {
  readonly #encoding: string;
  readonly #fatal: boolean;
  readonly #ignoreBom: boolean;
  /** Bytes that came, and whose character is not complete. */
  #kept: Bytes = new Uint8Array(0);
  #isBomSeen = false;
  /** Whether the last call said that more will come. */
  #isGoingOn = false;

  constructor(label: unknown = "utf-8", options?: unknown) {
    const name = host.textEncoding(`${label}`);
    if (name === undefined) throw new RangeError(`"${label}" is not an encoding`);
    const { fatal, ignoreBOM } = toDictionary(options, "the options of a TextDecoder");
    this.#encoding = name;
    this.#fatal = Boolean(fatal);
    this.#ignoreBom = Boolean(ignoreBOM);
  }

  get encoding(): string {
    return this.#encoding;
  }

  get fatal(): boolean {
    return this.#fatal;
  }

  get ignoreBOM(): boolean {
    return this.#ignoreBom;
  }

  decode(input?: unknown, options?: unknown): string {
    const isGoingOn = Boolean(toDictionary(options, "the options of decode").stream);
    const bytes = input === undefined ? new Uint8Array(0) : viewOf(input);
    if (bytes === undefined) throw new TypeError("the input of decode is no buffer");
    if (isGoingOn && NOT_IN_PIECES.has(this.#encoding))
      throw new TypeError(`${this.#encoding} cannot be decoded in pieces`);
    if (!this.#isGoingOn) this.#restart();
    this.#isGoingOn = isGoingOn;
    return this.#decode(this.#kept.length === 0 ? bytes : concat([this.#kept, bytes]));
  }

  #restart(): void {
    this.#kept = new Uint8Array(0);
    this.#isBomSeen = false;
  }

  #decode(bytes: Bytes): string {
    const later = this.#isGoingOn ? unfinishedSize(this.#encoding, bytes) : 0;
    const whole = bytes.subarray(0, bytes.length - later);
    this.#kept = bytes.slice(bytes.length - later);
    if (whole.length === 0) return "";
    const ignoreBom = this.#ignoreBom || this.#isBomSeen;
    this.#isBomSeen = true;
    const text = host.decodeText(this.#encoding, this.#fatal, ignoreBom, bufferOf(whole));
    if (text !== undefined) return text;
    this.#isGoingOn = false;
    throw new TypeError(`the bytes are not ${this.#encoding}`);
  }
}
