import { MOST_PACKED_BYTES, MOST_PACKED_WORDS, packedBytes, packPages, unpackPages } from "./packed-pages.ts";
import { HEAD_WORDS, PAGE_WORDS, WORD } from "./page-words.ts";

// What the images of this thread find, one after the other: pages of words that differ. As the bytes of a suspended guest
// they are packed (see packed-pages.ts). If there are many, they stay as they are, with a word of zero before them:
//
//     ├ zero ┼── u32 word ──┼── u32 mask ──┼── u32 mask ──┼── the words whose bits are set ──┤ and so on, for each page

/** Where words begin in `found`. */
export const FIRST = 1;

/** What was found last. The image that has found it may not exist any more. */
export let found = new Int32Array(4096);
/** The number of the search that found it. */
export let lastSearch = 1;

const LARGE_WORDS = 1 << 18;
/** More than is found between two looks at the room that is left. */
const ROOM_WORDS = 2048;
const NOTHING = Buffer.alloc(0);

/** @returns The number of a new search */
export function beginSearch(): number {
  return ++lastSearch;
}

/**
 * The system gives memory only for what is written to. So a large one is as large as it can become, and nothing is copied
 * again.
 *
 * @param words Of the memory in which is searched
 */
export function enlargeFound(words: number): void {
  const most = words + HEAD_WORDS * (words / PAGE_WORDS) + ROOM_WORDS;
  const twice = found.length * 2;
  const larger = new Int32Array(twice > LARGE_WORDS ? Math.max(most, twice) : twice);
  larger.set(found);
  found = larger;
}

/** What was found, up to a word: valid until the next call of any image of this thread. */
export function foundBytes(end: number): Buffer {
  if (end === FIRST) return NOTHING;
  if (end <= MOST_PACKED_WORDS) return packPages(found, FIRST, end);
  found[0] = 0;
  return Buffer.from(found.buffer, 0, end * WORD);
}

/** Memory for a difference that is to be put back: valid until the next search, or until another one is put back. */
export function borrowBytes(size: number): Buffer {
  if (size <= MOST_PACKED_BYTES) return packedBytes(size);
  reserve(size / WORD);
  return Buffer.from(found.buffer, 0, size);
}

/** Makes room in `found`. What was found there is lost. */
function reserve(words: number): void {
  lastSearch++;
  while (found.length < words) enlargeFound(words);
}

interface Pages {
  readonly pages: Int32Array;
  readonly start: number;
  readonly end: number;
}

/** The pages of a difference, until the next call of any image of this thread. */
export function pagesOf(bytes: Uint8Array): Pages {
  if (isWhole(bytes)) return wholePages(bytes);
  reserve(bytes.length);
  return { pages: found, start: 0, end: unpackPages(bytes, found) };
}

/** The same to keep. What was lent stays as it is. */
export function copyPages(bytes: Uint8Array): Int32Array {
  if (isWhole(bytes)) return wholePages(bytes).pages.slice(FIRST);
  const pages = new Int32Array(bytes.length);
  return pages.slice(0, unpackPages(bytes, pages));
}

function isWhole(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[0] === 0;
}

function wholePages(bytes: Uint8Array): Pages {
  const pages = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / WORD);
  return { pages, start: FIRST, end: pages.length };
}
