/** A piece of this many bytes or more is kept as it is. */
const LARGE = 16 * 1024;
const SMALLEST_BLOCK = 1024;
const LARGEST_BLOCK = 64 * 1024;
/** How much more memory a piece may keep, besides twice its own length. The head of the response needs this. */
const SLACK = 4096;

const NOTHING = Buffer.alloc(0);

/**
 * Content that comes in pieces of any size. Small pieces are joined when they come. So content needs as much memory as
 * it is long, and twice as much while `take` joins it. The announced length does not matter: nothing is reserved for
 * it.
 */
export class ContentBuffer {
  /** Number of bytes so far. */
  length = 0;
  /** The first piece, as long as there is no other. */
  #first: Buffer | null = null;
  /** Full blocks, in order. */
  #blocks: Buffer[] = [];
  /** The block in which small pieces are joined. */
  #block: Buffer = NOTHING;
  #filled = 0;

  /** Keeps `piece`. Nobody may change it any more. */
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

  /** Returns all content. Called once. Throws a RangeError if it does not fit into one Buffer. */
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

  /** Begins a new block. It is as large as all content so far. */
  #begin(rest: Buffer): void {
    this.#seal();
    const size = Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, this.length));
    this.#block = Buffer.allocUnsafe(Math.max(size, rest.length));
    this.#filled = rest.copy(this.#block);
  }

  #seal(): void {
    if (this.#filled > 0) this.#blocks.push(this.#block.subarray(0, this.#filled));
    this.#block = NOTHING;
    this.#filled = 0;
  }
}

/** Whether a piece keeps not much more memory than it is long. */
function isFrugal(piece: Buffer): boolean {
  return piece.buffer.byteLength <= 2 * piece.length + SLACK;
}
