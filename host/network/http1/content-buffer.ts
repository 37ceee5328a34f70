/** Pieces of at least so many bytes are kept as they came. */
const LARGE = 16 * 1024;
const SMALLEST_BLOCK = 1024;
const LARGEST_BLOCK = 64 * 1024;
/** What a piece may hold on to beside itself and as much again: the head of the response. */
const SLACK = 4096;

/**
 * Content that arrives in pieces of any size. Small ones are joined as they come, so that a byte of content takes a byte
 * of memory, and two when `take` puts it together: whatever length was announced, nothing is reserved for it.
 */
export class ContentBuffer {
  /** Bytes so far. */
  length = 0;
  /** What came first, while it is all there is. */
  #first: Buffer | null = null;
  /** Full blocks, in order. */
  #blocks: Buffer[] = [];
  /** Where small pieces are joined. */
  #block: Buffer = Buffer.alloc(0);
  #filled = 0;

  /** Keeps `piece`, which nobody changes any more. */
  add(piece: Buffer): void {
    const isFirst = this.length === 0;
    this.length += piece.length;
    if (isFirst) {
      this.#first = piece;
      return;
    }
    const first = this.#first;
    this.#first = null;
    if (first !== null) this.#put(first);
    this.#put(piece);
  }

  /** Everything, once. Throws a RangeError for more than one Buffer can hold. */
  take(): Buffer {
    const first = this.#first;
    if (first !== null) return isFrugal(first) ? first : Buffer.from(first);
    const last = this.#block.subarray(0, this.#filled);
    if (this.#blocks.length === 0) return last;
    const all = Buffer.concat([...this.#blocks, last], this.length);
    this.#blocks = [];
    return all;
  }

  #put(piece: Buffer): void {
    if (piece.length >= LARGE && isFrugal(piece)) {
      this.#seal();
      this.#blocks.push(piece);
      return;
    }
    const room = this.#block.length - this.#filled;
    const copied = piece.copy(this.#block, this.#filled, 0, room);
    this.#filled += copied;
    if (copied < piece.length) this.#begin(piece.subarray(copied));
  }

  /** A block is as large as what there is already. */
  #begin(rest: Buffer): void {
    this.#seal();
    const size = Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, this.length));
    this.#block = Buffer.allocUnsafe(Math.max(size, rest.length));
    this.#filled = rest.copy(this.#block);
  }

  #seal(): void {
    if (this.#filled > 0) this.#blocks.push(this.#block.subarray(0, this.#filled));
    this.#block = Buffer.alloc(0);
    this.#filled = 0;
  }
}

/** Whether a piece does not hold on to much more memory than it is long. */
function isFrugal(piece: Buffer): boolean {
  return piece.buffer.byteLength <= 2 * piece.length + SLACK;
}
