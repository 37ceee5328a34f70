import type { Bytes } from "./bytes.ts";
import { bufferOf, encode } from "./bytes.ts";

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

/** Writes MessagePack, into one buffer that grows. */
export class MessagePackWriter {
  #buffer = new ArrayBuffer(256);
  #bytes = new Uint8Array(this.#buffer);
  #view = new DataView(this.#buffer);
  #length = 0;

  /** All that was written. */
  finish(): ArrayBuffer {
    return bufferOf(this.#bytes.subarray(0, this.#length));
  }

  writeNil(): void {
    this.#writeByte(0xc0);
  }

  writeBoolean(value: boolean): void {
    this.#writeByte(value ? 0xc3 : 0xc2);
  }

  writeNumber(value: number): void {
    if (Number.isInteger(value) && value >= 0 && value < 0x80 && !Object.is(value, -0)) {
      this.#writeByte(value);
      return;
    }
    this.#reserve(9);
    this.#view.setUint8(this.#length, 0xcb);
    this.#view.setFloat64(this.#length + 1, value);
    this.#length += 9;
  }

  writeText(value: string): void {
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
    // The engine makes the buffer longer where it is, if it can: a long post is not there twice.
    this.#buffer = this.#buffer.transfer(Math.max(needed, Math.min(2 * this.#bytes.length, needed + 65_536)));
    this.#bytes = new Uint8Array(this.#buffer);
    this.#view = new DataView(this.#buffer);
  }
}
