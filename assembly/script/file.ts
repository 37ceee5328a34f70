import { EXT_FILE, EXT_FILE_AT, LONG_DATA } from "../abi.ts";
import { read, size } from "../http_background.ts";
import { Writer } from "../values/writer.ts";
import { isGranted, takeGranted } from "./grant.ts";

/** A File to send: one that the host granted to this run, the content of a reply, or bytes of the script. */
export class File {
  private constructor(
    private readonly handle: i32,
    /** Null if the host has the bytes. */
    private readonly bytes: Uint8Array | null,
  ) {}

  /**
   * The File that was granted under `name`. If there is none, this is a mistake, which ends the script. A File can be
   * sent without its bytes entering the script.
   *
   * @param file The transform adds this, `line` and `column`.
   */
  static named(name: string, file: string = "", line: i32 = 0, column: i32 = 0): File {
    return new File(takeGranted(EXT_FILE, "File", name, file, line, column), null);
  }

  /** Whether a File was granted under `name`. */
  static has(name: string): bool {
    return isGranted(EXT_FILE, name);
  }

  /** A File of these bytes. They are not copied. */
  static fromBytes(bytes: Uint8Array): File {
    return new File(0, bytes);
  }

  /** A File of this text, as UTF-8. */
  static fromText(text: string): File {
    return new File(0, Uint8Array.wrap(String.UTF8.encode(text)));
  }

  /** @internal The content of a reply. */
  static ofHandle(handle: i32): File {
    return new File(handle, null);
  }

  /** Size in bytes, as an integer. It is negative if the size is not known before the File is read. */
  get size(): i64 {
    const own = this.bytes;
    return own !== null ? own.length : <i64>size(this.handle);
  }

  /**
   * Returns at most `length` bytes from `offset`. At the end there are fewer. Of a File that the host streams there are
   * none.
   */
  read(offset: f64, length: i32): Uint8Array {
    const own = this.bytes;
    if (own !== null) return readOwn(own, offset, length);
    const bytes = new Uint8Array(length);
    const count = read(this.handle, offset, bytes.dataStart, length);
    return count < length ? bytes.slice(0, count) : bytes;
  }

  /** @internal */
  write(writer: Writer): void {
    const own = this.bytes;
    if (own === null) writer.writeSizedHandle(EXT_FILE, this.handle, size(this.handle));
    else if (own.length > LONG_DATA) writer.writeRange(EXT_FILE_AT, own.dataStart, own.length);
    else writer.writeFileBytes(own.dataStart, own.length);
  }
}

/** Reads like the import `read`: bytes after the end are left out. */
function readOwn(bytes: Uint8Array, offset: f64, length: i32): Uint8Array {
  if (!(offset >= 0 && offset < <f64>bytes.length)) return new Uint8Array(0);
  const start = <i32>offset;
  return bytes.slice(start, start + min(length, bytes.length - start));
}
