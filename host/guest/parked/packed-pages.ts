import { HEAD_WORDS, MASK_BITS, nextPage, PAGE_WORDS, WORD } from "./page-words.ts";

// Pages that differ, in few bytes: most words of a guest are small numbers or pointers. For each page (see page-words.ts):
//
//     ├ number ┼ which bytes of the masks follow: u8 ┼ those bytes ┼ sizes: 2 bits for each word ┼ words, 1 to 4 bytes each ┤
//
// The number is how many pages it comes after the one before, shifted by one, in LEB128. The free bit says that the words
// follow as they are, without sizes, because that is shorter.

/** Pages of more words than this stay as they are: a large difference would need as much memory again. */
export const MOST_PACKED_WORDS = 1 << 16;
/** A packed page has at most 13 bytes besides its words, and its head before has 12. */
export const MOST_PACKED_BYTES = MOST_PACKED_WORDS * (WORD + 1);

const scratch = Buffer.alloc(MOST_PACKED_BYTES);

/** Memory for packed pages. It is valid until the next call of `packPages`. */
export function packedBytes(size: number): Buffer {
  return scratch.subarray(0, size);
}

/**
 * Packs the pages from `start` to `end`, in order.
 *
 * @returns Their bytes, in the memory of `packedBytes`. The first one is never 0
 */
export function packPages(pages: Int32Array, start: number, end: number): Buffer {
  let to = 0;
  let last = -1;
  for (let at = start; at < end; ) {
    const next = nextPage(pages, at);
    const page = (pages[at] as number) / PAGE_WORDS;
    const first = at + HEAD_WORDS;
    const isShort = packedSize(pages, first, next) < (next - first) * WORD;
    to = putNumber(2 * (page - last) + (isShort ? 0 : 1), to);
    to = putMasks(pages[at + 1] as number, pages[at + 2] as number, to);
    to = isShort ? putShort(pages, first, next, to) : putWhole(pages, first, next, to);
    last = page;
    at = next;
  }
  return scratch.subarray(0, to);
}

/**
 * Unpacks pages.
 *
 * @param to Has room for as many words as there are bytes
 * @returns How many words they have
 */
export function unpackPages(bytes: Uint8Array, to: Int32Array): number {
  let page = -1;
  let end = 0;
  for (from = 0; from < bytes.length; ) {
    const number = takeNumber(bytes);
    page += number >>> 1;
    to[end] = page * PAGE_WORDS;
    const first = end + HEAD_WORDS;
    takeMasks(bytes, to, end + 1);
    end = nextPage(to, end);
    if ((number & 1) === 0) takeShort(bytes, to, first, end);
    else takeWhole(bytes, to, first, end);
  }
  return end;
}

/** Where `unpackPages` reads next. */
let from = 0;

/** One less than the number of bytes of a word. */
function sizeOf(word: number): number {
  return (31 - Math.clz32(word | 1)) >> 3;
}

function packedSize(words: Int32Array, start: number, end: number): number {
  const count = end - start;
  let size = count + ((count + 3) >> 2);
  for (let i = start; i < end; i++) size += sizeOf(words[i] as number);
  return size;
}

function putNumber(number: number, start: number): number {
  let to = start;
  let left = number;
  for (; left > 0x7f; left >>>= 7) scratch[to++] = left | 0x80;
  scratch[to++] = left;
  return to;
}

function takeNumber(bytes: Uint8Array): number {
  let number = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[from++] as number;
    number |= (byte & 0x7f) << shift;
    if (byte < 0x80) return number;
  }
}

function putMasks(low: number, high: number, start: number): number {
  let to = start + 1;
  let present = 0;
  for (let bit = 0; bit < 2 * MASK_BITS; bit += 8) {
    const byte = ((bit < MASK_BITS ? low : high) >>> bit) & 0xff;
    if (byte === 0) continue;
    present |= 1 << (bit >> 3);
    scratch[to++] = byte;
  }
  scratch[start] = present;
  return to;
}

function takeMasks(bytes: Uint8Array, to: Int32Array, at: number): void {
  const present = bytes[from++] as number;
  let [low, high] = [0, 0];
  for (let bit = 0; bit < 2 * MASK_BITS; bit += 8) {
    if ((present & (1 << (bit >> 3))) === 0) continue;
    const byte = bytes[from++] as number;
    if (bit < MASK_BITS) low |= byte << bit;
    else high |= byte << bit;
  }
  to[at] = low;
  to[at + 1] = high;
}

function putShort(words: Int32Array, start: number, end: number, at: number): number {
  let sizes = at;
  let to = at + ((end - start + 3) >> 2);
  let four = 0;
  for (let i = start; i < end; i++) {
    const word = words[i] as number;
    const size = sizeOf(word);
    const place = (i - start) & 3;
    four |= size << (2 * place);
    if (place === 3 || i === end - 1) {
      scratch[sizes++] = four;
      four = 0;
    }
    scratch[to++] = word;
    for (let shift = 8; shift <= 8 * size; shift += 8) scratch[to++] = word >>> shift;
  }
  return to;
}

function takeShort(bytes: Uint8Array, to: Int32Array, start: number, end: number): void {
  const sizes = from;
  from += (end - start + 3) >> 2;
  for (let i = start; i < end; i++) {
    const place = i - start;
    const size = ((bytes[sizes + (place >> 2)] as number) >> (2 * (place & 3))) & 3;
    let word = bytes[from++] as number;
    for (let shift = 8; shift <= 8 * size; shift += 8) word |= (bytes[from++] as number) << shift;
    to[i] = word;
  }
}

function putWhole(words: Int32Array, start: number, end: number, at: number): number {
  let to = at;
  for (let i = start; i < end; i++) to = scratch.writeInt32LE(words[i] as number, to);
  return to;
}

function takeWhole(bytes: Uint8Array, to: Int32Array, start: number, end: number): void {
  for (let i = start; i < end; i++, from += WORD) {
    const low = (bytes[from] as number) | ((bytes[from + 1] as number) << 8);
    to[i] = low | ((bytes[from + 2] as number) << 16) | ((bytes[from + 3] as number) << 24);
  }
}
