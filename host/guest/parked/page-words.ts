// Pages of a memory that differ, as words (see page-image.ts).

/** Words of a page. A page is compared word by word and kept together. It has as many words as two masks have bits. */
export const PAGE_WORDS = 64;
export const MASK_BITS = 32;
/** The head of a page: its position, and two masks of the words that differ. */
export const HEAD_WORDS = 3;
/** Bytes. */
export const WORD = 4;

/** Whether a page is pristine, as far as that can be seen quickly: most pages are. */
export function isSame(words: Int32Array, pristine: Int32Array, page: number): boolean {
  const end = page + PAGE_WORDS;
  if (end > pristine.length) return false;
  let difference = 0;
  for (let i = page; i < end; i += 4) {
    difference |= (words[i] as number) ^ (pristine[i] as number);
    difference |= (words[i + 1] as number) ^ (pristine[i + 1] as number);
    difference |= (words[i + 2] as number) ^ (pristine[i + 2] as number);
    difference |= (words[i + 3] as number) ^ (pristine[i + 3] as number);
  }
  return difference === 0;
}

/** Where the page after this one begins. */
export function nextPage(pages: Int32Array, at: number): number {
  return at + HEAD_WORDS + countBits(pages[at + 1] as number) + countBits(pages[at + 2] as number);
}

export function putPages(words: Int32Array, from: Int32Array, start: number, end: number): void {
  for (let at = start; at < end; ) {
    const page = from[at] as number;
    const next = putMasked(words, page, from[at + 1] as number, from, at + HEAD_WORDS);
    at = putMasked(words, page + MASK_BITS, from[at + 2] as number, from, next);
  }
}

/** Copies the words whose bits are set in the mask. @returns The position of the next words in `from` */
function putMasked(words: Int32Array, start: number, mask: number, from: Int32Array, at: number): number {
  let next = at;
  for (let left = mask; left !== 0; left &= left - 1) {
    words[start + 31 - Math.clz32(left & -left)] = from[next++] as number;
  }
  return next;
}

function countBits(mask: number): number {
  let count = 0;
  for (let left = mask; left !== 0; left &= left - 1) count++;
  return count;
}

export function wordsOf(bytes: Buffer): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / WORD);
}
