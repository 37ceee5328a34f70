const MAGIC = 0xfd2fb528;
/** The last four bits of it have any value. */
const SKIPPABLE = 0x184d2a50;
const MAGIC_SIZE = 4;
const BLOCK_HEADER_SIZE = 3;
const CHECKSUM_SIZE = 4;
const RLE = 1;
const RESERVED = 3;

const DICTIONARY_SIZES = [0, 1, 2, 4] as const;
const CONTENT_SIZES = [0, 2, 4, 8] as const;

/** Reads what it collected, and says what comes next. */
type Step = () => void;

/**
 * Finds the frames in content that is coded with zstd (RFC 8878 §3.1). Node does not do this alike in all versions: some
 * stop after the first frame, and some do not notice that a frame is cut off.
 *
 * ┌─────────┬────────────────┬────────────────────────────────┬───────────────┐
 * │ magic 4 │ descriptor 1…  │ blocks: header 3, content …    │ checksum 0, 4 │
 * ├─────────┼────────────────┼────────────────────────────────┴───────────────┘
 * │ magic 4 │ size 4         │ anything                                        (a frame that is skipped)
 * └─────────┴────────────────┘
 */
export class ZstdFrames {
  /** A number in little endian, and how many bytes of it are there. */
  #value = 0;
  #collected = 0;
  /** How many bytes the step needs, after those that are skipped. */
  #needed = MAGIC_SIZE;
  #skipped = 0;
  #step: Step;
  #hasChecksum = false;
  /** Whether nothing of a frame was left open. */
  isWhole = true;

  constructor() {
    this.#step = this.#readMagic;
  }

  /** How many of these bytes belong to the frame that has begun, or begins. The next call gets those after them. */
  take(bytes: Uint8Array): number {
    for (let at = 0; at < bytes.length; ) {
      this.isWhole = false;
      const skipped = Math.min(this.#skipped, bytes.length - at);
      this.#skipped -= skipped;
      at += skipped;
      while (this.#skipped === 0 && this.#collected < this.#needed && at < bytes.length)
        this.#value += (bytes[at++] ?? 0) * 2 ** (8 * this.#collected++);
      if (this.#skipped > 0 || this.#collected < this.#needed) continue;
      this.#step();
      if (this.isWhole) return at;
    }
    return bytes.length;
  }

  readonly #readMagic: Step = () => {
    if (this.#value === MAGIC) this.#expect(0, 1, this.#readDescriptor);
    else if (this.#value - (this.#value % 16) === SKIPPABLE) this.#expect(0, 4, this.#readSize);
    else this.#giveUp();
  };

  readonly #readSize: Step = () => this.#expect(this.#value, 0, this.#end);

  readonly #readDescriptor: Step = () => {
    const descriptor = this.#value;
    const isSingleSegment = (descriptor & 0x20) !== 0;
    this.#hasChecksum = (descriptor & 0x04) !== 0;
    const ofContent = CONTENT_SIZES[(descriptor >> 6) as 0 | 1 | 2 | 3];
    const ofDictionary = DICTIONARY_SIZES[(descriptor & 3) as 0 | 1 | 2 | 3];
    // One byte: the window, or else the size of the content.
    const ofWindow = !isSingleSegment || ofContent === 0 ? 1 : 0;
    this.#expect(ofWindow + ofDictionary + ofContent, BLOCK_HEADER_SIZE, this.#readBlock);
  };

  readonly #readBlock: Step = () => {
    const isLast = this.#value % 2 === 1;
    const kind = (this.#value >> 1) % 4;
    const size = kind === RLE ? 1 : this.#value >> 3;
    if (kind === RESERVED) this.#giveUp();
    else if (!isLast) this.#expect(size, BLOCK_HEADER_SIZE, this.#readBlock);
    else this.#expect(size + (this.#hasChecksum ? CHECKSUM_SIZE : 0), 0, this.#end);
  };

  readonly #end: Step = () => {
    this.isWhole = true;
    this.#expect(0, MAGIC_SIZE, this.#readMagic);
  };

  #expect(skipped: number, needed: number, step: Step): void {
    this.#skipped = skipped;
    this.#needed = needed;
    this.#value = 0;
    this.#collected = 0;
    this.#step = step;
    // There is nothing to wait for: a frame ends with its last byte.
    if (skipped === 0 && needed === 0) step();
  }

  /** This is no frame. The engine says why. */
  #giveUp(): void {
    this.#expect(Number.POSITIVE_INFINITY, 0, this.#end);
  }
}
