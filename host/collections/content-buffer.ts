/** A piece of this many bytes or more is kept as it is, if it does not keep much more memory than it is long. */
const LARGE = 16 * 1024;
/** The same, if there is more content than fits into one block. Otherwise it would only have to be joined in the end. */
const LARGE_OF_MUCH = 4 * 1024;
/** So is a piece of this many bytes or more, if another one that is kept lies in the same memory. */
const WORTH_KEEPING = 1024;
const SMALLEST_BLOCK = 1024;
const LARGEST_BLOCK = 64 * 1024;
/** How much more memory the first piece may keep, besides twice its own length. The head of the response needs this. */
const SLACK = 4096;
/** How much memory another large piece may keep, as a multiple of its length. */
const MOST_KEPT = 2.25;

/** The most that is reserved. With more, to join pieces in the end does not matter. */
const MOST_EXPECTED = 16 * 1024 * 1024;
/** Content is believed to become this many times as long as it is, if that was announced. */
const BELIEVED = 4;

const NOTHING = Buffer.alloc(0);

/**
 * Content that comes in pieces of any size. Small pieces are joined when they come. So content needs as much memory as
 * it is long, and twice as much while `take` joins it. If a length was announced, its memory is reserved as soon as a
 * quarter has come: pieces that die young cost the garbage collector little, and nothing has to be joined in the end.
 * Before, an announced length does not matter, because it may be a lie; and of what is reserved, the system gives memory
 * only for what is written to.
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
  /** The part of it that is not among `#blocks` yet. */
  #begun = 0;
  /** Whether it has room for all content that was announced. */
  #isWhole = false;
  #filled = 0;
  /** What the last piece that was kept lies in. */
  #kept: ArrayBufferLike | null = null;
  /** The announced length; infinite if there is none, or if its memory is reserved. */
  #expected = Number.POSITIVE_INFINITY;

  /** Somebody has announced that there will be so many bytes in all. It need not be true, or any number of bytes. */
  expect(length: number): void {
    if (length > 0 && length <= MOST_EXPECTED) this.#expected = length;
  }

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
    this.#seal();
    const blocks = this.#blocks;
    this.#blocks = [];
    const [only = NOTHING, ...more] = blocks;
    if (more.length > 0) return Buffer.concat(blocks, this.length);
    return this.#isWhole && !isFrugal(only) ? Buffer.from(only) : only;
  }

  #put(piece: Buffer): void {
    if (BELIEVED * this.length >= this.#expected) this.#reserve();
    if (this.#isKept(piece)) {
      this.#seal();
      this.#kept = piece.buffer;
      this.#blocks.push(piece);
      return;
    }
    const room = this.#block.length - this.#filled;
    const copied = piece.copy(this.#block, this.#filled, 0, room);
    this.#filled += copied;
    if (copied < piece.length) this.#begin(piece.subarray(copied));
  }

  /** To copy a piece takes time. HTTP/2 over TLS cuts content into pieces of which two lie in the same memory. */
  #isKept({ length, buffer }: Buffer): boolean {
    if (this.#isWhole) return false;
    const large = this.length > LARGEST_BLOCK ? LARGE_OF_MUCH : LARGE;
    if (length >= large && buffer.byteLength <= MOST_KEPT * length) return true;
    return length >= WORTH_KEEPING && buffer === this.#kept;
  }

  /** Makes the block one for all content, if there is memory for that. */
  #reserve(): void {
    const size = this.#expected;
    this.#expected = Number.POSITIVE_INFINITY;
    const whole = this.length > size ? undefined : tryAllocate(size);
    if (whole === undefined) return;
    this.#seal();
    const blocks = this.#blocks;
    this.#blocks = [];
    this.#block = whole;
    this.#isWhole = true;
    this.#begun = 0;
    this.#filled = 0;
    for (const block of blocks) this.#filled += block.copy(this.#block, this.#filled);
  }

  /** Begins a new block. It is as large as all content so far. */
  #begin(rest: Buffer): void {
    this.#seal();
    this.#isWhole = false;
    const size = Math.min(LARGEST_BLOCK, Math.max(SMALLEST_BLOCK, this.length));
    this.#block = Buffer.allocUnsafe(Math.max(size, rest.length));
    this.#begun = 0;
    this.#filled = rest.copy(this.#block);
  }

  /** What follows does not come right behind the last small piece. There is still room in its block. */
  #seal(): void {
    if (this.#filled > this.#begun) this.#blocks.push(this.#block.subarray(this.#begun, this.#filled));
    this.#begun = this.#filled;
  }
}

/** Whether the only piece keeps not much more memory than it is long. */
function isFrugal(piece: Buffer): boolean {
  return piece.buffer.byteLength <= 2 * piece.length + SLACK;
}

/** Undefined if there is no memory for it. */
function tryAllocate(size: number): Buffer | undefined {
  try {
    return Buffer.allocUnsafeSlow(size);
  } catch {
    return undefined;
  }
}
