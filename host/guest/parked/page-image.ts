import {
  beginSearch,
  copyPages,
  enlargeFound,
  FIRST,
  found,
  foundBytes,
  lastSearch,
  pagesOf,
} from "./found-pages.ts";
import type { Difference, KeepingImage, Parked } from "./image.ts";
import type { GuestMemory } from "./memory.ts";
import {
  HEAD_WORDS,
  isSame,
  MASK_BITS,
  nextPage,
  PAGE_WORDS,
  putPages,
  WORD,
  wordsOf,
} from "./page-words.ts";
import type { Parking } from "./parking.ts";

/**
 * Most memory is unchanged. It is compared in large steps, and where something differs in small steps. In bytes.
 */
const LARGE_STEP = 16_384;
const SMALL_STEP = 2048;

interface ParkedPages extends Parked {
  /** Size of the memory, in bytes. */
  readonly memorySize: number;
}

/**
 * The image of any guest. It keeps the words that differ from the memory before the first call, which itself may be a
 * difference from the memory of the module.
 */
export class PageImage implements KeepingImage<ParkedPages> {
  readonly #memory: GuestMemory;
  /** Of all images of a module. */
  readonly #first: Buffer;
  /** The same memory as `#first`, or a copy with a difference. */
  #pristine: Buffer;
  #pristineWords: Int32Array;
  /** Bytes at the beginning that are zero between the steps of a guest. */
  readonly #dead: number;
  /** The difference that is part of what is pristine. */
  #base: Int32Array = NO_WORDS;
  /** Where the words in `found` end that belong to this image. */
  #foundWords = FIRST;
  /** The number of the search that found them. */
  #searchNumber = 0;
  /** Whether they were saved. Until the guest runs again, nothing else differs. */
  #isSaved = false;

  /** A copy of `memory` without the zeros at its end. */
  static trim(memory: Buffer): Buffer {
    let end = memory.length;
    while (end > 0 && memory.compare(ZEROS, 0, LARGE_STEP, end - LARGE_STEP, end) === 0) end -= LARGE_STEP;
    const copy = Buffer.allocUnsafeSlow(end);
    memory.copy(copy, 0, 0, end);
    return copy;
  }

  /**
   * @param pristine A copy of `memory` before the first call, see `trim`.
   * @param dead So many bytes at the beginning are not needed while a guest waits. They are zero when they are pristine
   */
  constructor(memory: GuestMemory, pristine: Buffer, dead = 0) {
    this.#memory = memory;
    this.#first = pristine;
    this.#pristine = pristine;
    this.#pristineWords = wordsOf(pristine);
    this.#dead = dead - (dead % LARGE_STEP);
  }

  save(parking: Parking): ParkedPages {
    this.#search();
    const bytes = foundBytes(this.#foundWords);
    const size = bytes.length;
    const block = parking.take(size);
    parking.slabOf(block).set(bytes, parking.offsetOf(block));
    this.#isSaved = true;
    return { block, size, memorySize: this.#memory.bytes.length };
  }

  read(): Difference {
    this.#search();
    this.#isSaved = true;
    return { bytes: foundBytes(this.#foundWords), memorySize: this.#memory.bytes.length };
  }

  write({ bytes, memorySize }: Difference): void {
    this.#isSaved = false;
    this.#memory.growTo(memorySize);
    const { pages, start, end } = pagesOf(bytes);
    putPages(this.#memory.words, pages, start, end);
  }

  restore(parking: Parking, { block, size, memorySize }: ParkedPages): void {
    const start = parking.offsetOf(block);
    this.write({ bytes: parking.slabOf(block).subarray(start, start + size), memorySize });
  }

  rebase(difference: Buffer | undefined): void {
    const { words } = this.#memory;
    this.#undoPages(this.#base, this.#base.length, { back: wordsOf(this.#first) });
    this.#base = difference === undefined ? NO_WORDS : copyPages(difference);
    if (difference !== undefined) this.#makeRoom();
    putPages(this.#pristineWords, this.#base, 0, this.#base.length);
    putPages(words, this.#base, 0, this.#base.length);
    this.#isSaved = false;
  }

  /** Makes a copy of what is pristine that has a place for each page of the difference. */
  #makeRoom(): void {
    let size = this.#first.length;
    for (let at = 0; at < this.#base.length; at = nextPage(this.#base, at)) {
      size = Math.max(size, ((this.#base[at] as number) + PAGE_WORDS) * WORD);
    }
    if (this.#pristine !== this.#first && this.#pristine.length >= size) return;
    const larger = Buffer.alloc(Math.ceil(size / LARGE_STEP) * LARGE_STEP);
    this.#first.copy(larger);
    this.#pristine = larger;
    this.#pristineWords = wordsOf(larger);
  }

  reset(): void {
    if (this.#isSaved && this.#searchNumber === lastSearch) {
      this.#undoPages(found, this.#foundWords, { start: FIRST });
    } else {
      this.#clear();
      this.#forEachStep((start) => this.#clean(start));
    }
    this.#isSaved = false;
    this.#searchNumber = 0;
  }

  #search(): void {
    this.#isSaved = false;
    this.#foundWords = this.#find();
    this.#searchNumber = beginSearch();
  }

  /** Writes the differences to `found`. @returns Their end */
  #find(): number {
    let count = FIRST;
    this.#clear();
    this.#forEachStep((start) => {
      count = this.#findWords(start / WORD, count);
    });
    return count;
  }

  /** Clears the bytes that are not needed. Few of them have been written to. */
  #clear(): void {
    const { bytes } = this.#memory;
    for (let at = 0; at < this.#dead; at += LARGE_STEP) {
      if (bytes.compare(ZEROS, 0, LARGE_STEP, at, at + LARGE_STEP) !== 0) bytes.fill(0, at, at + LARGE_STEP);
    }
  }

  /** Calls `act` with each small step that differs. */
  #forEachStep(act: (start: number) => void): void {
    const { bytes } = this.#memory;
    for (let large = this.#dead; large < bytes.length; large += LARGE_STEP) {
      if (this.#isPristine(bytes, large, LARGE_STEP)) continue;
      for (let small = large; small < large + LARGE_STEP; small += SMALL_STEP) {
        if (!this.#isPristine(bytes, small, SMALL_STEP)) act(small);
      }
    }
  }

  /** Makes a small step pristine. */
  #clean(start: number): void {
    const { bytes } = this.#memory;
    const pristine = this.#pristine.subarray(start, start + SMALL_STEP);
    bytes.set(pristine, start);
    bytes.fill(0, start + pristine.length, start + SMALL_STEP);
  }

  #isPristine(bytes: Buffer, start: number, size: number): boolean {
    if (start < this.#pristine.length) {
      return bytes.compare(this.#pristine, start, start + size, start, start + size) === 0;
    }
    return bytes.compare(ZEROS, 0, size, start, start + size) === 0;
  }

  #findWords(start: number, count: number): number {
    const { words } = this.#memory;
    if (found.length < count + 2 * (SMALL_STEP / WORD)) enlargeFound(words.length);
    let end = count;
    for (let page = start; page < start + SMALL_STEP / WORD; page += PAGE_WORDS) {
      if (isSame(words, this.#pristineWords, page)) continue;
      const low = this.#compare(words, page, end + HEAD_WORDS);
      const high = this.#compare(words, page + MASK_BITS, comparedTo);
      if ((low | high) === 0) continue;
      found[end] = page;
      found[end + 1] = low;
      found[end + 2] = high;
      end = comparedTo;
    }
    return end;
  }

  /** Compares 32 words and copies those that differ to `found`, from `target` to `comparedTo`. @returns Their mask */
  #compare(words: Int32Array, start: number, target: number): number {
    const pristine = this.#pristineWords;
    let mask = 0;
    let end = target;
    for (let bit = 0; bit < MASK_BITS; bit++) {
      const word = words[start + bit] as number;
      if (word === (pristine[start + bit] ?? 0)) continue;
      mask |= 1 << bit;
      found[end++] = word;
    }
    comparedTo = end;
    return mask;
  }

  /** Makes these pages pristine, if no other page differs. @param back What is put into the pristine memory as well */
  #undoPages(
    pages: Int32Array,
    end: number,
    { start = 0, back }: { start?: number; back?: Int32Array },
  ): void {
    const { words } = this.#memory;
    const pristine = this.#pristineWords;
    for (let at = start; at < end; at = nextPage(pages, at)) {
      const page = pages[at] as number;
      for (let i = page; i < page + PAGE_WORDS; i++) {
        if (back !== undefined) pristine[i] = back[i] ?? 0;
        words[i] = pristine[i] ?? 0;
      }
    }
  }
}

const NO_WORDS = new Int32Array(0);

/** The content of new pages of memory. */
const ZEROS = Buffer.alloc(LARGE_STEP);

/** The position in `found` where the last comparison ended. */
let comparedTo = 0;
