import { secretsInHeader } from "./header-secrets.ts";
import { piecesOfBase64, Spelling } from "./spelling.ts";
import { SpellingSet } from "./spelling-set.ts";

/** What stands in the place of a secret. */
export const HIDDEN = "[secret]";

/** A secret that is shorter is hidden only where it is named: as text it could be anything. */
const SHORTEST = 6;

type Encoding = "utf8" | "latin1";

/** Texts that must not be seen, in any spelling that bodies and URLs have for them. */
export class SecretValues {
  readonly #known = new Set<string>();
  /** They are made when they are needed. */
  readonly #spellings: Readonly<Record<Encoding, Spellings>> = {
    utf8: new Spellings(false),
    latin1: new Spellings(true),
  };

  /** @param given They are hidden even if they are short. */
  constructor(given: readonly string[] = []) {
    for (const value of given) if (value !== "") this.#add(value);
  }

  get isEmpty(): boolean {
    return this.#known.size === 0;
  }

  /** Remembers the secrets in the value of a header, such as a token behind its scheme. */
  addHeader(name: string, value: string): void {
    for (const secret of secretsInHeader(name.toLowerCase(), value)) this.add(secret);
  }

  add(value: string): void {
    if (value.length >= SHORTEST && !value.includes(HIDDEN)) this.#add(value);
  }

  /** @param encoding "latin1" if each character of the text is a byte */
  hideIn(text: string, encoding: Encoding = "utf8"): string {
    return this.#spellings[encoding].in(text, this.#known).reduce(hide, text);
  }

  /** How many are known. */
  get size(): number {
    return this.#known.size;
  }

  /** Whether one of them seems to begin in a part of a text. If not, none does. */
  mayBeIn(
    text: string,
    { encoding, start, end }: { encoding: Encoding; start: number; end: number },
  ): boolean {
    return this.#spellings[encoding].in(text, this.#known, start, end).length > 0;
  }

  /** Whether a text has one of them. */
  areIn(text: string): boolean {
    return this.hideIn(text) !== text;
  }

  #add(value: string): void {
    this.#known.add(value);
  }
}

/** All spellings of all values, in one kind of text. */
class Spellings {
  readonly #isLatin1: boolean;
  readonly #set = new SpellingSet();
  /** Each with its place in the order of hiding: the longest value comes first. */
  readonly #ranks = new Map<Spelling, number>();
  /** How many values have been added. */
  #values = 0;

  constructor(isLatin1: boolean) {
    this.#isLatin1 = isLatin1;
  }

  /** Those that are in a text, in the order of hiding. @param values To those of the last time, some may be added */
  in(text: string, values: ReadonlySet<string>, start = 0, end = text.length): Spelling[] {
    if (values.size > this.#values) for (const value of [...values].slice(this.#values)) this.#add(value);
    const rank = (spelling: Spelling): number => this.#ranks.get(spelling) ?? 0;
    return [...this.#set.in(text, start, end)].sort((a, b) => rank(b) - rank(a));
  }

  #add(value: string): void {
    this.#values++;
    for (const [index, spelling] of spellingsOf(value, this.#isLatin1).entries()) {
      this.#ranks.set(spelling, value.length - index / MOST_SPELLINGS);
      this.#set.add(spelling);
    }
  }
}

/** Of one value there are fewer. */
const MOST_SPELLINGS = 100;

function spellingsOf(value: string, isLatin1: boolean): Spelling[] {
  const isShort = value.length < SHORTEST;
  // A short one could be a part of any base64, so it must be all of it.
  const encoded = isShort ? [Buffer.from(value).toString("base64")] : piecesOfBase64(value);
  const texts = isShort ? [value] : [value, ...otherTextsOf(value)];
  return [
    ...texts.map((text) => new Spelling(text, { isLatin1, isInBase64: false })),
    ...encoded.map((one) => new Spelling(one, { isLatin1, isInBase64: !isShort })),
  ];
}

/** Its bytes in hexadecimal, and what is read by those who take each byte for a character. */
function otherTextsOf(value: string): string[] {
  const bytes = Buffer.from(value);
  const hexadecimal = bytes.toString("hex");
  const misread = bytes.toString("latin1");
  const texts = [hexadecimal, hexadecimal.toUpperCase()];
  return misread === value ? texts : [...texts, misread];
}

/** What is hidden already stays as it is, even if "secret" is a secret. */
function hide(text: string, spelling: Spelling): string {
  if (spelling.find(text, 0) === null) return text;
  return text
    .split(HIDDEN)
    .map((piece) => hideInPiece(piece, spelling))
    .join(HIDDEN);
}

function hideInPiece(text: string, spelling: Spelling): string {
  const shown: string[] = [];
  let from = 0;
  for (let place = spelling.find(text, 0); place !== null; place = spelling.find(text, from)) {
    const [start, end] = place;
    shown.push(text.slice(from, Math.max(from, start)), HIDDEN);
    from = end;
  }
  return shown.join("") + text.slice(from);
}
