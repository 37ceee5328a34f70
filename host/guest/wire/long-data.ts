import { LONG_DATA } from "../../../assembly/abi.ts";

/** Of arguments of more bytes, shorter data stay on the host as well. */
const MANY_BYTES = 1 << 20;
const SHORT_DATA = 64;

/** Copies of at most this size share a buffer, because making a buffer takes longer than copying so little. */
const SMALL = 64 * 1024;
const SHARED_BYTES = 1 << 20;
/** Characters at each end by which strings are told apart first. */
const SAMPLE = 32;

/** Data of more bytes than this do not go through the plugin's guest, if its arguments have so many bytes. */
export function longestData(argumentBytes: number): number {
  return argumentBytes > MANY_BYTES ? SHORT_DATA : LONG_DATA;
}

/**
 * Copies of the long data of one call. They must be copies: before the data are sent, or sent again, the caller may
 * change its memory, or transfer it to another thread.
 */
export class Copies {
  readonly #copies = new Map<unknown, { readonly value: unknown; readonly copy: Uint8Array }>();
  #free: Buffer = Buffer.alloc(0);

  /** Returns the copy of a value. A value that is given twice is copied once. */
  of(value: unknown, data: Uint8Array | string): Uint8Array {
    const key = typeof data === "string" ? sampleOf(data) : value;
    const known = this.#copies.get(key);
    if (known !== undefined && known.value === value) return known.copy;
    const copy = this.#copy(data);
    this.#copies.set(key, { value, copy });
    return copy;
  }

  #copy(data: Uint8Array | string): Uint8Array {
    const size = typeof data === "string" ? Buffer.byteLength(data) : data.length;
    const copy = size > SMALL ? Buffer.allocUnsafeSlow(size) : this.#take(size);
    if (typeof data === "string") copy.write(data, "utf8");
    else copy.set(data);
    return copy;
  }

  #take(size: number): Buffer {
    // The first copy has a buffer of its own: most calls have no other.
    if (this.#free.length < size)
      this.#free = Buffer.allocUnsafeSlow(this.#copies.size === 0 ? size : SHARED_BYTES);
    const taken = this.#free.subarray(0, size);
    this.#free = this.#free.subarray(size);
    return taken;
  }
}

/** A Map would read every string to its end, or compare all long strings of one length with each other. */
function sampleOf(text: string): string {
  return `${text.length} ${text.slice(0, SAMPLE)}${text.slice(-SAMPLE)}`;
}
