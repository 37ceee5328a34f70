import { StringDecoder } from "node:string_decoder";

/** As much of a stream as is used. */
interface Stream {
  readonly isTTY?: boolean;
  write(content: string | Uint8Array): unknown;
}

/** Of C0, C1 and DEL all but the newline and the tab. */
const COMMANDS = /(?![\n\t])\p{Cc}/gu;

/**
 * Writes what a script, a compiler or a server has to say. To a terminal it goes without the characters that would command it:
 * they are shown as `\x1b`. To a file or a pipe it goes byte for byte.
 *
 * @returns false if the stream has more than it can take now
 */
export function writeForeign(stream: Stream, content: string | Uint8Array): boolean {
  if (stream.isTTY !== true) return stream.write(content) !== false;
  const text = typeof content === "string" ? content : Buffer.from(content).toString();
  return stream.write(printable(text)) !== false;
}

/** As `writeForeign`, for bytes that come in pieces: a character may be in two of them. */
export class ForeignWriter {
  readonly #stream: Stream;
  readonly #decoder = new StringDecoder("utf8");

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  write(bytes: Buffer): void {
    if (this.#stream.isTTY !== true) this.#stream.write(bytes);
    else this.#write(this.#decoder.write(bytes));
  }

  /** Nothing more comes: what was held back is written. */
  end(): void {
    this.#write(this.#decoder.end());
  }

  #write(text: string): void {
    if (text !== "") writeForeign(this.#stream, text);
  }
}

function printable(text: string): string {
  return text.replace(COMMANDS, (command) => `\\x${command.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
