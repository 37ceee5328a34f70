import { LONG_DATA } from "../../../assembly/abi.ts";

/** Of arguments of more bytes, shorter data stay on the host as well. */
const MANY_BYTES = 1 << 20;
const SHORT_DATA = 64;

/** Copies of at most this size share a buffer, because making a buffer takes longer than copying so little. */
const SMALL = 64 * 1024;
/**
 * Each shared buffer is as large as all before it: the system gives large ones in less time. Of the largest, it gives
 * fresh pages each time, which takes longer than the copying.
 */
const LEAST_SHARED = 1 << 20;
const MOST_SHARED = 1 << 22;
const NO_ROOM = new Uint8Array();

/** Data of more bytes than this do not go through the plugin's guest, if its arguments have so many bytes. */
export function longestData(argumentBytes: number): number {
  return argumentBytes > MANY_BYTES ? SHORT_DATA : LONG_DATA;
}

/**
 * Copies of the long bytes of one call. They must be copies: before the bytes are sent, or sent again, the caller may
 * change its memory, or transfer it to another thread.
 */
export class Copies {
  readonly #copies = new Map<unknown, Uint8Array>();
  /** The shared buffer that has room, and how many of its bytes are taken. */
  #room: Uint8Array = NO_ROOM;
  #taken = 0;
  /** Bytes of all shared buffers. */
  #shared = 0;

  /** Returns the copy of the bytes of a value. A value that is given twice is copied once. */
  of(value: unknown, bytes: Uint8Array): Uint8Array {
    const known = this.#copies.get(value);
    if (known !== undefined) return known;
    const copy = bytes.length > SMALL ? Buffer.allocUnsafeSlow(bytes.length) : this.#take(bytes.length);
    copy.set(bytes);
    this.#copies.set(value, copy);
    return copy;
  }

  /** Makes one view and no more: of ten thousand copies, the views cost more than the bytes. */
  #take(size: number): Uint8Array {
    if (this.#room.length - this.#taken < size) {
      this.#room = this.#makeShared(size);
      this.#taken = 0;
    }
    const at = this.#taken;
    this.#taken += size;
    return new Uint8Array(this.#room.buffer, at, size);
  }

  #makeShared(least: number): Buffer {
    // The first copy has a buffer of its own: most calls have no other.
    const isFirst = this.#copies.size === 0;
    const size = isFirst ? least : Math.min(MOST_SHARED, Math.max(LEAST_SHARED, this.#shared));
    this.#shared += size;
    return Buffer.allocUnsafeSlow(size);
  }
}
