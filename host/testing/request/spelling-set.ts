import type { Spelling } from "./spelling.ts";

/** Codes of characters are told apart up to this one. */
const LAST_CODE = 255;
const CODES = LAST_CODE + 1;

/**
 * Spellings, of which some may be in a text. The text is read once, however many there are: most pairs of characters
 * begin none of them.
 */
export class SpellingSet {
  /** Those that can begin with a pair of characters; those that can begin with a character, whatever follows. */
  readonly #byPair = new Map<number, Spelling[]>();
  readonly #byFirst = new Map<number, Spelling[]>();
  /** A bit for each pair that can begin one. */
  readonly #pairs = new Uint32Array((CODES * CODES) / 32);

  add(spelling: Spelling): void {
    const { firsts, seconds } = spelling.beginnings;
    for (const first of firsts) {
      const code = Math.min(first, LAST_CODE);
      if (seconds === null) this.#addFirst(code, spelling);
      else for (const second of seconds) this.#addPair(pairOf(code, Math.min(second, LAST_CODE)), spelling);
    }
  }

  /** Those that begin at a place from `start` to before `end`, and perhaps some that only seem so. */
  in(text: string, start = 0, end = text.length): Set<Spelling> {
    const found = new Set<Spelling>();
    const pairs = this.#pairs;
    if (this.#byPair.size + this.#byFirst.size === 0) return found;
    let code = Math.min(text.charCodeAt(start), LAST_CODE);
    for (let at = start; at < end; at++) {
      // Behind the end of the text, it is NaN, which is as 0 here.
      const unit = text.charCodeAt(at + 1);
      const next = unit > LAST_CODE ? LAST_CODE : unit;
      const pair = (code << 8) | next;
      if ((((pairs[pair >>> 5] as number) >>> (pair & 31)) & 1) === 1)
        this.#look(text, at, { code, pair }, found);
      code = next;
    }
    return found;
  }

  #look(
    text: string,
    at: number,
    { code, pair }: { code: number; pair: number },
    found: Set<Spelling>,
  ): void {
    for (const list of [this.#byPair.get(pair), this.#byFirst.get(code)])
      for (const spelling of list ?? [])
        if (!found.has(spelling) && spelling.isAt(text, at)) found.add(spelling);
  }

  #addFirst(code: number, spelling: Spelling): void {
    push(this.#byFirst, code, spelling);
    this.#pairs.fill(-1, pairOf(code, 0) >>> 5, (pairOf(code, LAST_CODE) >>> 5) + 1);
  }

  #addPair(pair: number, spelling: Spelling): void {
    push(this.#byPair, pair, spelling);
    this.#pairs[pair >>> 5] = (this.#pairs[pair >>> 5] as number) | (1 << (pair & 31));
  }
}

function pairOf(first: number, second: number): number {
  return (first << 8) | second;
}

function push(lists: Map<number, Spelling[]>, key: number, spelling: Spelling): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [spelling]);
  else if (list.at(-1) !== spelling) list.push(spelling);
}
