import { File, ofHandle } from "../files/file.ts";
import { type Bytes, decode } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { HandleValue } from "../seam/message-pack-reader.ts";

/** @internal A part of the bytes, of which the rest stays with the host. It is shorter at the end. */
export let pieceOf: (content: Content, offset: number, length: number) => Bytes;

/** Lets the host forget a content that the script cannot reach any more. */
const unreachable = new FinalizationRegistry<number>((handle) => host.release(handle));

/**
 * The content of a response. It stays with the host until the script touches it. Wherever a text is needed, it is text:
 * in `JSON.parse(content)` and in a template.
 */
export class Content {
  /** In bytes. It is known before the content is there. */
  readonly length: number;
  /** What the registry knows it by. The engine would never forget an object that is its own token. */
  readonly #token = {};
  /** Where the host keeps it. */
  #held: HandleValue | undefined;
  #bytes: Bytes | undefined;
  /** Whether there is a File of it, for which the host has to keep it. */
  #isFile = false;

  static {
    pieceOf = (content, offset, length) => content.#piece(offset, length);
  }

  /** @internal */
  constructor(held: HandleValue) {
    if (!(held instanceof HandleValue)) throw new TypeError("Illegal constructor");
    this.#held = held;
    this.length = held.size;
    unreachable.register(held, held.handle, this.#token);
  }

  /** The bytes. They come from the host with the first use, and then the host forgets them. */
  get bytes(): Bytes {
    if (this.#bytes !== undefined) return this.#bytes;
    const held = this.#held;
    if (held === undefined) throw new TypeError("the content was released");
    const bytes = new Uint8Array(host.read(held.handle, 0, held.size));
    if (bytes.length !== this.length) throw new TypeError("the host has less content than it said");
    this.#bytes = bytes;
    if (!this.#isFile) this.release();
    return bytes;
  }

  #piece(offset: number, length: number): Bytes {
    const held = this.#held;
    if (this.#bytes !== undefined) return this.#bytes.slice(offset, offset + length);
    if (offset >= this.length) return new Uint8Array(0);
    if (held === undefined) throw new TypeError("the content was released");
    const bytes = new Uint8Array(host.read(held.handle, offset, Math.min(length, this.length - offset)));
    if (bytes.length === 0) throw new TypeError("the host has less content than it said");
    return bytes;
  }

  /** The content as a File. If it is posted, its bytes never enter the script. */
  get file(): File {
    if (this.#bytes !== undefined || this.#held === undefined) return new File([this.bytes], "");
    this.#isFile = true;
    return ofHandle(this.#held, "");
  }

  /** The content as text, decoded as UTF-8. Bytes that are not UTF-8 become U+FFFD, and a byte order mark stays. */
  toString(): string {
    return decode(this.bytes);
  }

  toJSON(): string {
    return this.toString();
  }

  /** Lets the host forget a content that will not be read. Content that was read is forgotten without this. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) return;
    unreachable.unregister(this.#token);
    host.release(held.handle);
  }

  [Symbol.iterator](): IterableIterator<number> {
    return this.bytes[Symbol.iterator]();
  }
}
