/**
 * Shared memory that nobody uses, to be used again. V8 does not count shared memory, so what is dropped stays until V8
 * collects garbage for another reason.
 */
export class SpareMemory {
  /** By size, the smallest first. */
  readonly #buffers: SharedArrayBuffer[] = [];
  #size = 0;

  /** Bytes. */
  get size(): number {
    return this.#size;
  }

  /** The smallest that has so many bytes; undefined if there is none. */
  take(size: number): SharedArrayBuffer | undefined {
    return this.#remove(this.#placeOf(size));
  }

  /** The largest one. */
  takeLargest(): SharedArrayBuffer | undefined {
    return this.#remove(this.#buffers.length - 1);
  }

  give(buffer: SharedArrayBuffer): void {
    this.#buffers.splice(this.#placeOf(buffer.byteLength), 0, buffer);
    this.#size += buffer.byteLength;
  }

  /** Keeps no more than so many bytes. */
  shrink(most: number): void {
    let dropped = 0;
    while (this.#size > most) dropped += this.takeLargest()?.byteLength ?? 0;
    if (dropped > 0) remindCollector();
  }

  #remove(place: number): SharedArrayBuffer | undefined {
    const [buffer] = this.#buffers.splice(place, 1);
    this.#size -= buffer?.byteLength ?? 0;
    return buffer;
  }

  /** The place of the first one that has so many bytes. */
  #placeOf(size: number): number {
    let [from, to] = [0, this.#buffers.length];
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((this.#buffers[middle]?.byteLength ?? 0) < size) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** So much makes V8 collect garbage at once. The system gives pages only for what is written to, which is nothing. */
const REMINDER_SIZE = 80 << 20;

/** Makes V8 collect garbage, by memory that it counts. */
function remindCollector(): void {
  try {
    new ArrayBuffer(REMINDER_SIZE);
  } catch {
    // There are no addresses left for it. Then V8 has collected garbage before it said so.
  }
}

/** What this thread has to spare. */
export const SPARE = new SpareMemory();
