import type { Random } from "../hostile/random.ts";

/** Bytes that can be of any size: what comes first, what is repeated, what comes last. */
export interface Shape {
  readonly before: Buffer;
  readonly unit: Buffer;
  readonly after: Buffer;
}

/** What the inputs of a target are made of, a character a byte. */
export interface Grammar {
  /** Whole inputs that mean something. */
  readonly seeds: readonly string[];
  /** Words that mean something. `{i}` becomes the number of the repetition: some things are only slow if no two are alike. */
  readonly words: readonly string[];
}

const NUMBER = "{i}";
const ODD_BYTES = [0, 1, 9, 10, 13, 32, 0x7f, 0x80, 0xc3, 0xe2, 0xff];

/** An input of about this size: a seed that was changed here and there, with something in it that is repeated. */
export function makeInput(random: Random, size: number, grammar: Grammar): Buffer {
  return grow(makeShape(random, grammar), size);
}

export function makeShape(random: Random, grammar: Grammar): Shape {
  const seed = bytesOf(random.pick(grammar.seeds));
  const from = random.below(seed.length + 1);
  const to = random.chance(0.5) ? from : from + random.below(seed.length + 1 - from);
  const written = from === to ? bytesOf(words(random, grammar)) : seed.subarray(from, to);
  const unit = written.length === 0 ? bytesOf(random.pick(grammar.words)) : written;
  const change = (bytes: Buffer): Buffer => (random.chance(0.4) ? spoil(random, bytes, grammar) : bytes);
  return { before: change(seed.subarray(0, from)), unit: change(unit), after: change(seed.subarray(to)) };
}

/** Repeats the unit for as long as there is room; once at least. */
export function grow({ before, unit, after }: Shape, size: number): Buffer {
  const room = size - before.length - after.length;
  const count = Math.max(1, unit.length === 0 ? 1 : Math.floor(room / unit.length));
  return Buffer.concat([before, repeat(unit, count), after]);
}

function repeat(unit: Buffer, count: number): Buffer {
  if (!unit.includes(NUMBER)) return Buffer.alloc(unit.length * count, unit);
  const parts = unit.toString("latin1").split(NUMBER);
  return bytesOf(Array.from({ length: count }, (_, index) => parts.join(index.toString(36))).join(""));
}

function words(random: Random, grammar: Grammar): string {
  return random.times(1 + random.below(4), () => random.pick(grammar.words)).join("");
}

/** The same bytes but for some: others, fewer, or more. */
export function spoil(random: Random, bytes: Buffer, { words }: Pick<Grammar, "words">): Buffer {
  let spoilt = bytes;
  for (let left = random.pick([1, 1, 1, 2, 5]); left > 0; left--) {
    const at = random.below(spoilt.length + 1);
    const kept = random.pick([at, at + 1, at + random.below(10)]);
    const put = random.pick([
      () => bytesOf(random.pick(words)),
      () => Buffer.from([random.pick(ODD_BYTES)]),
      () => Buffer.from([random.below(256)]),
      () => spoilt.subarray(random.below(spoilt.length + 1)).subarray(0, random.below(20)),
    ])();
    spoilt = Buffer.concat([spoilt.subarray(0, at), put, spoilt.subarray(kept)]);
  }
  return spoilt;
}

export function bytesOf(text: string): Buffer {
  return Buffer.from(text, "latin1");
}
