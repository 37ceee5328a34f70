import { StringDecoder } from "node:string_decoder";

/** The part of a stream that is used. */
interface Stream {
  readonly isTTY?: boolean;
  write(content: string | Uint8Array): unknown;
}

/** All characters of C0, C1 and DEL, except newline and tab. */
const COMMANDS = /(?![\n\t])\p{Cc}/gu;

/**
 * Writes text of a script, a compiler or a server. On a terminal, control characters are shown as text, such as `\x1b`.
 * To a file or a pipe, everything is written byte for byte.
 *
 * @returns false if the buffer of the stream is full
 */
export function writeForeign(stream: Stream, content: string | Uint8Array): boolean {
  if (stream.isTTY !== true) return stream.write(content) !== false;
  const text = typeof content === "string" ? content : Buffer.from(content).toString();
  return stream.write(printable(text)) !== false;
}

/** Like `writeForeign`, for bytes that come in pieces. A character may be in two pieces. */
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

  /** Writes what was held back. Called when no more bytes come. */
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
