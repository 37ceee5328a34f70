import {
  EXT_ABSENT,
  EXT_FILE_BYTES,
  EXT_OTHER,
  HANDLE_SIZE,
  RANGE_SIZE,
  RECORD_HEADER_SIZE,
  SIZED_HANDLE_SIZE,
} from "../abi.ts";

const FIRST_CAPACITY: i32 = 256;

/** Writes MessagePack into memory that grows. The bytes follow the header of a record. */
export class Writer {
  private record: usize = heap.alloc(RECORD_HEADER_SIZE + FIRST_CAPACITY);
  private capacity: i32 = FIRST_CAPACITY;
  /** Number of bytes written so far. */
  len: i32 = 0;

  /** The address of the bytes. It is invalid after the next write. */
  get ptr(): usize {
    return this.record + RECORD_HEADER_SIZE;
  }

  /** Returns the record of what was written. */
  finish(): usize {
    store<u32>(this.record, this.len);
    return this.record;
  }

  writeNil(): void {
    this.writeByte(0xc0);
  }

  writeBool(value: bool): void {
    this.writeByte(value ? 0xc3 : 0xc2);
  }

  /** Writes the shortest integer if it is a whole number of 32 bits, otherwise a float. */
  writeNumber(value: f64): void {
    const whole = <i32>value;
    if (<f64>whole !== value) {
      const at = this.grow(9);
      store<u8>(at, 0xcb);
      store<u64>(at + 1, bswap(reinterpret<u64>(value)));
    } else if (whole >= 0 && whole < 0x80) {
      this.writeByte(<u8>whole);
    } else {
      this.writeHead(0xd2, whole);
    }
  }

  /** Writes a name of the protocol: ASCII, shorter than 32. */
  writeName(name: string): void {
    assert(name.length < 32);
    this.writeByte(0xa0 | <u8>name.length);
    this.writeAscii(name);
  }

  /** Writes a sentence for people: ASCII, shorter than 256. */
  writeSentence(text: string): void {
    assert(text.length < 256);
    this.writeByte(0xd9);
    this.writeByte(<u8>text.length);
    this.writeAscii(text);
  }

  /** Writes the characters of a name, without a head. */
  writeAscii(name: string): void {
    const at = this.grow(name.length);
    for (let i = 0; i < name.length; i++) store<u8>(at + i, <u8>name.charCodeAt(i));
  }

  /** Writes bytes, which need not be UTF-8. */
  writeBytes(ptr: usize, len: i32): void {
    this.writeBytesHead(len);
    this.writeRaw(ptr, len);
  }

  /** Writes the head of `len` bytes. `writeRaw` must write these bytes next. */
  writeBytesHead(len: i32): void {
    if (len < 0x100) {
      this.writeByte(0xc4);
      this.writeByte(<u8>len);
    } else {
      this.writeHead(0xc6, len);
    }
  }

  /** Writes bytes without a head. */
  writeRaw(ptr: usize, len: i32): void {
    memory.copy(this.grow(len), ptr, len);
  }

  /** Writes any string, as UTF-8. A single surrogate becomes U+FFFD. */
  writeString(text: string): void {
    const len = String.UTF8.byteLength(text);
    if (len < 32) {
      this.writeByte(0xa0 | <u8>len);
    } else if (len < 0x100) {
      this.writeByte(0xd9);
      this.writeByte(<u8>len);
    } else {
      this.writeHead(0xdb, len);
    }
    this.writeText(text);
  }

  /** Like `writeString`, but without a head. */
  writeText(text: string): void {
    const at = this.grow(String.UTF8.byteLength(text));
    String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, at, false, String.UTF8.ErrorMode.REPLACE);
  }

  /** Writes a value that is absent, although a later one is there. */
  writeAbsent(): void {
    this.writeExtensionHead(EXT_ABSENT, 0);
  }

  /** Writes a value of a type that no option or argument may have. */
  writeOther(): void {
    this.writeExtensionHead(EXT_OTHER, 0);
  }

  /** Writes a handle. `type` is EXT_X509 or EXT_PRIVATE_KEY. */
  writeHandle(type: i32, handle: u32): void {
    this.writeExtensionHead(type, HANDLE_SIZE);
    store<u32>(this.grow(HANDLE_SIZE), handle);
  }

  /** Writes a handle with the size of its value, -1 if it is not known. `type` is EXT_FILE or EXT_STRING. */
  writeSizedHandle(type: i32, handle: u32, size: f64): void {
    this.writeExtensionHead(type, SIZED_HANDLE_SIZE);
    const at = this.grow(SIZED_HANDLE_SIZE);
    store<u32>(at, handle);
    store<f64>(at, size, HANDLE_SIZE);
  }

  /** Writes a File of bytes. */
  writeFileBytes(ptr: usize, len: i32): void {
    this.writeHead(0xc9, len);
    this.writeByte(<u8>EXT_FILE_BYTES);
    this.writeRaw(ptr, len);
  }

  /** Writes where bytes lie in this memory. The type is EXT_STRING_AT or EXT_FILE_AT. */
  writeRange(type: i32, ptr: usize, len: i32): void {
    this.writeExtensionHead(type, RANGE_SIZE);
    const at = this.grow(RANGE_SIZE);
    store<u32>(at, <u32>ptr);
    store<u32>(at, len, 4);
  }

  writeByte(byte: u8): void {
    store<u8>(this.grow(1), byte);
  }

  writeArrayHead(count: i32): void {
    if (count < 16) this.writeByte(0x90 | <u8>count);
    else this.writeHead(0xdd, count);
  }

  writeMapHead(count: i32): void {
    if (count < 16) this.writeByte(0x80 | <u8>count);
    else this.writeHead(0xdf, count);
  }

  /** Writes the head of a map whose number of pairs is not known yet. Pass the result to `closeMap`. */
  openMap(): i32 {
    this.writeHead(0xdf, 0);
    return this.len;
  }

  closeMap(opened: i32, count: i32): void {
    store<u32>(this.ptr + opened - 4, bswap(<u32>count));
  }

  /** Frees the memory. After this, nothing may be written or read. */
  free(): void {
    heap.free(this.record);
  }

  private writeExtensionHead(type: i32, size: i32): void {
    const at = this.grow(3);
    store<u8>(at, 0xc7);
    store<u8>(at, size, 1);
    store<u8>(at, type, 2);
  }

  private writeHead(first: u8, value: i32): void {
    const at = this.grow(5);
    store<u8>(at, first);
    store<u32>(at + 1, bswap(<u32>value));
  }

  /** Makes room for `size` more bytes, counts them as written, and returns their address. */
  private grow(size: i32): usize {
    const at = this.len;
    this.len += size;
    if (this.len > this.capacity) {
      this.capacity = max(this.len, this.capacity * 2);
      this.record = heap.realloc(this.record, RECORD_HEADER_SIZE + this.capacity);
    }
    return this.ptr + at;
  }
}
