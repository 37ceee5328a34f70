const FIRST_CAPACITY = 4096;
/** Strings up to this length are copied character by character. For ASCII this is faster. */
const SHORT = 64;

/** Writes MessagePack into one Buffer, which is used for all calls. Keys of a map may be any values. */
export class MessagePackWriter {
  #buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
  #length = 0;
  /** What `written` has returned. Most records are as long as the one before. */
  #written = this.#buffer;
  readonly #mostBytes: number;
  readonly #tooMuch: () => Error;

  /** @param tooMuch Makes the error that is thrown for more than `mostBytes`. */
  constructor(
    mostBytes = Number.POSITIVE_INFINITY,
    tooMuch = () => new RangeError(`more than ${mostBytes} bytes`),
  ) {
    this.#mostBytes = mostBytes;
    this.#tooMuch = tooMuch;
  }

  /** The bytes that were written since `clear`: a view that the next write may overwrite. */
  get written(): Uint8Array {
    const isKnown = this.#written.length === this.#length && this.#written.buffer === this.#buffer.buffer;
    if (!isKnown) this.#written = this.#buffer.subarray(0, this.#length);
    return this.#written;
  }

  /** Number of bytes that were written since `clear`. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
    // After a huge call, the large buffer must not stay for ever.
    if (this.#buffer.length > 1 << 20) this.#buffer = Buffer.allocUnsafeSlow(FIRST_CAPACITY);
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
    } else {
      const at = this.#reserve(9);
      this.#buffer[at] = 0xcb;
      this.#buffer.writeDoubleBE(value, at + 1);
    }
  }

  /** Writes UTF-8. A single surrogate becomes U+FFFD. */
  writeString(value: string): void {
    if (value.length < SHORT && this.#writeShortAscii(value)) return;
    const length = Buffer.byteLength(value);
    this.writeStringHead(length);
    const at = this.#reserve(length);
    this.#buffer.write(value, at, length, "utf8");
  }

  /** The head of a string of so many bytes, which follow. */
  writeStringHead(length: number): void {
    if (length < 0x20) this.#writeByte(0xa0 | length);
    else this.#writeHead(0xdb, length);
  }

  /** The head of so many bytes, which follow. */
  writeBytesHead(length: number): void {
    this.#writeHead(0xc6, length);
  }

  writeBytes(bytes: Uint8Array): void {
    this.writeBytesHead(bytes.length);
    const at = this.#reserve(bytes.length);
    this.#buffer.set(bytes, at);
  }

  writeArrayHead(count: number): void {
    if (count < 16) this.#writeByte(0x90 | count);
    else this.#writeHead(0xdd, count);
  }

  writeMapHead(count: number): void {
    if (count < 16) this.#writeByte(0x80 | count);
    else this.#writeHead(0xdf, count);
  }

  /** Writes the head of an extension of `length` bytes, which must be less than 256. */
  writeExtension(type: number, length: number): void {
    const at = this.#reserve(3);
    this.#buffer[at] = 0xc7;
    this.#buffer[at + 1] = length;
    this.#buffer[at + 2] = type;
  }

  /** Writes the payload of an extension that is a handle, with the size of its value if the guest needs it. */
  writeHandle(handle: number, size?: number): void {
    // Space first: it may come with another buffer.
    const at = this.#reserve(size === undefined ? 4 : 12);
    this.#buffer.writeUInt32LE(handle, at);
    if (size !== undefined) this.#buffer.writeDoubleLE(size, at + 4);
  }

  /** Returns false and writes nothing if a character is not ASCII. */
  #writeShortAscii(value: string): boolean {
    const { length } = value;
    const start = this.#reserve(2 + length);
    let at = start;
    if (length < 0x20) {
      this.#buffer[at++] = 0xa0 | length;
    } else {
      this.#buffer[at++] = 0xd9;
      this.#buffer[at++] = length;
    }
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) {
        this.#length = start;
        return false;
      }
      this.#buffer[at++] = code;
    }
    this.#length = at;
    return true;
  }

  #writeHead(first: number, value: number): void {
    const at = this.#reserve(5);
    this.#buffer[at] = first;
    this.#buffer.writeUInt32BE(value, at + 1);
  }

  #writeByte(byte: number): void {
    const at = this.#reserve(1);
    this.#buffer[at] = byte;
  }

  #reserve(size: number): number {
    const at = this.#length;
    this.#length += size;
    if (this.#length > this.#buffer.length) {
      if (this.#length > this.#mostBytes) throw this.#tooMuch();
      const wanted = Math.max(this.#length, this.#buffer.length * 2);
      const larger = Buffer.allocUnsafeSlow(Math.min(wanted, this.#mostBytes));
      this.#buffer.copy(larger, 0, 0, at);
      this.#buffer = larger;
    }
    return at;
  }
}
