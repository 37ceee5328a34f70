/** How often a URL may stand in another one: then the `%` of an escape is `%25`. */
const MOST_ROUNDS = 3;
/** Nobody escapes these. */
const PLAIN = /^[A-Za-z0-9_.-]$/;
const ENTITY = /^&#(?:x([\da-f]{1,8})|(\d{1,8}));/i;
const LONGEST_ENTITY = 16;
/** The letters by which JSON escapes characters. */
const LETTERS: Readonly<Record<string, string>> = { "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t" };
const ENTITIES: Readonly<Record<string, string>> = {
  "&": "amp",
  "<": "lt",
  ">": "gt",
  '"': "quot",
  "'": "apos",
};
const IN_BASE64 = /^[\w+/-]$/;
/** What stands in the place of these in the alphabet of URLs. */
const IN_URLS: Readonly<Record<string, string>> = { "+": "-", "/": "_" };

/** With these begins what stands for a character, and a fold. */
const ESCAPES: readonly number[] = codesIn("\\%=&+");
const FOLDS: readonly number[] = codesIn("=\r\n\\");

export type Place = readonly [start: number, end: number];

/** A character as it is looked for. */
interface Part {
  /** As it is, and in other alphabets. */
  readonly own: readonly string[];
  readonly text: string;
  readonly bytes: Uint8Array;
  readonly isPlain: boolean;
}

/**
 * A text that is found however it is written: as it is, in JSON (and in JSON as a text of JSON), in URLs and forms, in
 * HTML, and in quoted-printable. It is read twice at each place at which it could begin, never more often.
 */
export class Spelling {
  readonly #parts: readonly Part[];
  readonly #isInBase64: boolean;

  /** @param isInBase64 Whether the text is a piece of base64: the characters around it are found too */
  constructor(text: string, { isLatin1, isInBase64 }: { isLatin1: boolean; isInBase64: boolean }) {
    this.#isInBase64 = isInBase64;
    this.#parts = [...text].map((character) => ({
      own: ownOf(character, isLatin1, isInBase64),
      text: character,
      bytes: Buffer.from(character),
      isPlain: PLAIN.test(character) && !(isInBase64 && character in IN_URLS),
    }));
  }

  /** With which characters it can begin; `seconds` is null if any may follow. */
  get beginnings(): { readonly firsts: readonly number[]; readonly seconds: readonly number[] | null } {
    const [first, second] = this.#parts;
    const firsts = first === undefined ? [] : codesOf(first);
    const isOpen = first?.isPlain !== true || second === undefined;
    return { firsts, seconds: isOpen ? null : [...codesOf(second), ...FOLDS] };
  }

  /** Whether it begins there. Several backslashes are read as one thing, from the first on. */
  isAt(text: string, at: number): boolean {
    if (text[at] === "\\" && text[at - 1] === "\\") return false;
    return this.#endOf(text, at, true) !== -1 || this.#endOf(text, at, false) !== -1;
  }

  /** The first place from `from` on. */
  find(text: string, from: number): Place | null {
    const [first] = this.#parts;
    if (first === undefined) return null;
    for (let at = from; at < text.length; at++) {
      if (first.isPlain) {
        at = text.indexOf(first.text, at);
        if (at === -1) return null;
      } else if (text[at] === "\\" && text[at - 1] === "\\" && at > from) continue;
      // A "%" may be itself, or begin an escape.
      const escaped = this.#endOf(text, at, true);
      const end = escaped === -1 ? this.#endOf(text, at, false) : escaped;
      if (end !== -1) return this.#isInBase64 ? withNeighbours(text, at, end) : [at, end];
    }
    return null;
  }

  /** Where it ends if it begins at `start`; -1 if it does not. */
  #endOf(text: string, start: number, isEscaped: boolean): number {
    let at = start;
    for (let index = 0; index < this.#parts.length; index++) {
      const part = this.#parts[index] as Part;
      const isBehind = this.#parts[index - 1]?.text === "\\";
      let end = endOfPart(text, at, part, { isBehind, isEscaped });
      // base64 and quoted-printable are folded.
      if (end === -1 && index > 0)
        end = endOfPart(text, skipFold(text, at), part, { isBehind: false, isEscaped });
      if (end === -1) return -1;
      at = end;
    }
    return at;
  }
}

/** The pieces of base64 that a value has, behind any number of other bytes. */
export function piecesOfBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64");
    return text.slice(Math.ceil((offset * 8) / 6), Math.floor(((offset + bytes.length) * 8) / 6));
  });
}

function ownOf(character: string, isLatin1: boolean, isInBase64: boolean): string[] {
  const own = isLatin1 ? Buffer.from(character).toString("latin1") : character;
  const other = isInBase64 ? IN_URLS[character] : undefined;
  return other === undefined ? [own] : [own, other];
}

interface Reading {
  /** Whether a backslash of the text itself stands before it: then those that escape it were read with that. */
  readonly isBehind: boolean;
  /** Whether what may be an escape is one. */
  readonly isEscaped: boolean;
}

function endOfPart(text: string, at: number, part: Part, { isBehind, isEscaped }: Reading): number {
  if (part.isPlain) return text.startsWith(part.text, at) ? at + 1 : -1;
  if (part.text === "\\") return endOfBackslash(text, at, part, isBehind);
  let start = at;
  while (text[start] === "\\") start++;
  if (isEscaped && start === at) {
    const end = endOfEscapes(text, at, part);
    if (end !== -1) return end;
  }
  const own = part.own.find((one) => text.startsWith(one, start));
  if (own !== undefined) return start + own.length;
  if (start > at || isBehind) return endOfJson(text, start, part);
  return endOfEscapes(text, at, part);
}

/** All that follow each other are read, because each level of JSON has twice as many. */
function endOfBackslash(text: string, at: number, part: Part, isBehind: boolean): number {
  if (text[at] !== "\\") return isBehind && text[at - 1] === "\\" ? at : endOfEscapes(text, at, part);
  let end = at;
  while (text[end] === "\\") end++;
  return end;
}

/** The codes with which a character can begin. */
function codesOf({ own, isPlain }: Part): number[] {
  return [...own.map((one) => one.charCodeAt(0)), ...(isPlain ? [] : ESCAPES)];
}

/** Such as `n` or `u00e9`, behind its backslashes. */
function endOfJson(text: string, start: number, { text: wanted }: Part): number {
  const letter = LETTERS[wanted];
  if (letter !== undefined && text[start] === letter) return start + 1;
  let at = start;
  for (let unit = 0; unit < wanted.length; unit++) {
    if (unit > 0) while (text[at] === "\\") at++;
    if (text[at] !== "u" || numberAt(text, at + 1, 4) !== wanted.charCodeAt(unit)) return -1;
    at += 5;
  }
  return at;
}

/** Such as `%C3%A9`, `=C3=A9` or `&#233;`. */
function endOfEscapes(text: string, start: number, { text: wanted, bytes }: Part): number {
  if (text[start] === "+") return wanted === " " ? start + 1 : -1;
  if (text[start] === "&") return endOfEntity(text, start, wanted);
  let at = start;
  for (const byte of bytes) {
    at = endOfByte(text, at, byte);
    if (at === -1) return -1;
  }
  return at;
}

function endOfByte(text: string, start: number, byte: number): number {
  const mark = text[start];
  if (mark !== "%" && mark !== "=") return -1;
  for (let at = start + 1, round = 0; round <= MOST_ROUNDS; at += 2, round++) {
    if (numberAt(text, at, 2) === byte) return at + 2;
    if (mark === "=" || !text.startsWith("25", at)) return -1;
  }
  return -1;
}

function endOfEntity(text: string, start: number, wanted: string): number {
  const name = `&${ENTITIES[wanted] ?? ""};`;
  if (name !== "&;" && text.startsWith(name, start)) return start + name.length;
  const [all = "", hexadecimal, decimal] = ENTITY.exec(text.slice(start, start + LONGEST_ENTITY)) ?? [];
  const code = hexadecimal === undefined ? Number(decimal) : Number.parseInt(hexadecimal, 16);
  return code === wanted.codePointAt(0) ? start + all.length : -1;
}

/** The end of a fold: a line end, as it is or in JSON, behind a `=` or not. */
function skipFold(text: string, start: number): number {
  let at = text[start] === "=" ? start + 1 : start;
  for (const [raw, letter] of [
    ["\r", "r"],
    ["\n", "n"],
  ]) {
    let end = at;
    while (text[end] === "\\") end++;
    if (text[at] === raw) at++;
    else if (end > at && text[end] === letter) at = end + 1;
  }
  return at;
}

/** A number of so many hexadecimal digits; NaN if there is none. */
function numberAt(text: string, at: number, digits: number): number {
  const written = text.slice(at, at + digits);
  return written.length === digits && /^[\da-f]+$/i.test(written) ? Number.parseInt(written, 16) : Number.NaN;
}

/** With the characters of which it has some bits. */
function withNeighbours(text: string, start: number, end: number): Place {
  const isOne = (at: number): boolean => IN_BASE64.test(text[at] ?? "");
  let last = isOne(end) ? end + 1 : end;
  while (text[last] === "=" && last < end + 3) last++;
  return [isOne(start - 1) ? start - 1 : start, last];
}

function codesIn(text: string): number[] {
  return [...text].map((character) => character.charCodeAt(0));
}
