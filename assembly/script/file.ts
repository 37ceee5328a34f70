import { EXT_FILE } from "../abi.ts";
import { read, size } from "../http_background.ts";
import { Writer } from "../values/writer.ts";
import { isGranted, takeGranted } from "./grant.ts";

/** Something to send as a file: one that the host granted to this run, the content of a reply, or bytes of the script's own. */
export class File {
  private constructor(
    private readonly handle: i32,
    /** Null if the host has them. */
    private readonly bytes: Uint8Array | null,
  ) {}

  /**
   * The File that was granted under `name`; a mistake if there is none. Its bytes need not enter the script to be sent.
   *
   * @param file Filled in by the transform, as `line` and `column`.
   */
  static named(name: string, file: string = "", line: i32 = 0, column: i32 = 0): File {
    return new File(takeGranted(EXT_FILE, "File", name, file, line, column), null);
  }

  /** Whether a File was granted under `name`. */
  static has(name: string): bool {
    return isGranted(EXT_FILE, name);
  }

  /** A File of these bytes, which are not copied. */
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

  /** Bytes, a whole number, also where it is printed; negative if nobody knows before they are read. */
  get size(): i64 {
    const own = this.bytes;
    return own !== null ? own.length : <i64>size(this.handle);
  }

  /** At most `length` bytes from `offset` on: fewer at the end, and none of a File that the host streams. */
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
    if (own !== null) writer.writeFileBytes(own.dataStart, own.length);
    else writer.writeSizedHandle(EXT_FILE, this.handle, size(this.handle));
  }
}

/** As the import reads: what is not there is left out. */
function readOwn(bytes: Uint8Array, offset: f64, length: i32): Uint8Array {
  if (!(offset >= 0 && offset < <f64>bytes.length)) return new Uint8Array(0);
  const start = <i32>offset;
  return bytes.slice(start, start + min(length, bytes.length - start));
}
