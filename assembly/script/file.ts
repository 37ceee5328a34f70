import { EXT_FILE } from "../abi.ts";
import { read, size } from "../http_background.ts";
import { Writer } from "../values/writer.ts";
import { isGranted, takeGranted } from "./grant.ts";

/** A file that the host granted to this run. It is sent from the host: its bytes need not enter the script. */
export class File {
  private constructor(private readonly handle: i32) {}

  /**
   * The File that was granted under `name`; a mistake if there is none.
   *
   * @param file Filled in by the transform, as `line` and `column`.
   */
  static named(name: string, file: string = "", line: i32 = 0, column: i32 = 0): File {
    return new File(takeGranted(EXT_FILE, "File", name, file, line, column));
  }

  /** Whether a File was granted under `name`. */
  static has(name: string): bool {
    return isGranted(EXT_FILE, name);
  }

  /** Bytes; negative if nobody knows before they are read. */
  get size(): f64 {
    return size(this.handle);
  }

  /** At most `length` bytes from `offset` on: fewer at the end, and none of a File that the host streams. */
  read(offset: f64, length: i32): Uint8Array {
    const bytes = new Uint8Array(length);
    const count = read(this.handle, offset, bytes.dataStart, length);
    return count < length ? bytes.subarray(0, count) : bytes;
  }

  /** @internal */
  write(writer: Writer): void {
    writer.writeSizedHandle(EXT_FILE, this.handle, this.size);
  }
}
