import type { Bytes } from "./bytes.ts";
import { encode } from "./bytes.ts";

/** The first bytes of a kind of value: short ones have their length in the first byte, others after it. */
interface Heads {
  readonly short: number;
  readonly mostShort: number;
  /** For lengths of one byte, if the format has that, of two and of four. */
  readonly long: readonly [number | undefined, number, number];
}

const TEXT: Heads = { short: 0xa0, mostShort: 31, long: [0xd9, 0xda, 0xdb] };
const BYTES: Heads = { short: 0, mostShort: -1, long: [0xc4, 0xc5, 0xc6] };
const ARRAY: Heads = { short: 0x90, mostShort: 15, long: [undefined, 0xdc, 0xdd] };
const MAP: Heads = { short: 0x80, mostShort: 15, long: [undefined, 0xde, 0xdf] };
const EXTENSION: Heads = { short: 0, mostShort: -1, long: [0xc7, 0xc8, 0xc9] };

/** Texts of at most this length are written here, if they are ASCII: to ask the host takes longer. */
const SHORT_TEXT = 64;
/** The buffer grows by a factor of two, but never by more than this. */
const MOST_MORE = 65_536;

/** Writes MessagePack, into one buffer that grows. */
export class MessagePackWriter {
  #bytes: Bytes;
  #view: DataView;
  #length = 0;
  readonly #size: number;

  /** @param size Bytes that it has from the beginning */
  constructor(size: number) {
    this.#size = size;
    this.#bytes = new Uint8Array(size);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** All that was written, and forgets it. */
  finish(): ArrayBuffer {
    const { buffer } = this.#bytes;
    const length = this.#length;
    if (buffer.byteLength === this.#size) return buffer.slice(0, length);
    // A long post is not there twice.
    const written = buffer.transfer(length);
    this.#use(new ArrayBuffer(this.#size));
    this.#length = 0;
    return written;
  }

  /** Forgets what was written. Bytes that are zero again are as in the image of the engine. */
  clear(): void {
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
  }

  writeNil(): void {
    this.#writeByte(0xc0);
  }

  writeBoolean(value: boolean): void {
    this.#writeByte(value ? 0xc3 : 0xc2);
  }

  writeNumber(value: number): void {
    if (value >= 0 && value < 0x80 && Number.isInteger(value) && !Object.is(value, -0)) {
      this.#writeByte(value);
      return;
    }
    this.#reserve(9);
    this.#view.setUint8(this.#length, 0xcb);
    this.#view.setFloat64(this.#length + 1, value);
    this.#length += 9;
  }

  writeText(value: string): void {
    if (value.length <= SHORT_TEXT && this.#writeAscii(value)) return;
    const bytes = encode(value);
    this.#writeHead(TEXT, bytes.length);
    this.#writeRaw(bytes);
  }

  writeBytes(bytes: Bytes): void {
    this.#writeHead(BYTES, bytes.length);
    this.#writeRaw(bytes);
  }

  writeArrayHead(length: number): void {
    this.#writeHead(ARRAY, length);
  }

  writeMapHead(length: number): void {
    this.#writeHead(MAP, length);
  }

  writeExtension(type: number, payload: Bytes): void {
    this.#writeHead(EXTENSION, payload.length);
    this.#writeByte(type);
    this.#writeRaw(payload);
  }

  /** @returns Whether the text was ASCII. Otherwise nothing was written */
  #writeAscii(value: string): boolean {
    const start = this.#length;
    this.#writeHead(TEXT, value.length);
    this.#reserve(value.length);
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit > 0x7f) {
        this.#length = start;
        return false;
      }
      this.#bytes[this.#length++] = unit;
    }
    return true;
  }

  #writeHead({ short, mostShort, long: [one, two, four] }: Heads, length: number): void {
    this.#reserve(5);
    const at = this.#length;
    if (length <= mostShort) this.#writeByte(short + length);
    else if (length <= 0xff && one !== undefined) {
      this.#writeByte(one);
      this.#writeByte(length);
    } else if (length <= 0xffff) {
      this.#view.setUint8(at, two);
      this.#view.setUint16(at + 1, length);
      this.#length += 3;
    } else {
      this.#view.setUint8(at, four);
      this.#view.setUint32(at + 1, length);
      this.#length += 5;
    }
  }

  #writeByte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  #writeRaw(bytes: Bytes): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  #reserve(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const length = Math.max(needed, Math.min(2 * this.#bytes.length, needed + MOST_MORE));
    // The engine makes a buffer longer where it is, if it can.
    this.#use(this.#bytes.buffer.transfer(length));
  }

  #use(buffer: ArrayBuffer): void {
    this.#bytes = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }
}
