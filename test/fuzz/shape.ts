import type { Random } from "../hostile/random.ts";

/** Bytes of any size: a beginning, a part that is repeated, and an end. */
export interface Shape {
  readonly before: Buffer;
  readonly unit: Buffer;
  readonly after: Buffer;
}

/** The parts of the inputs of a target. Each character is one byte. */
export interface Grammar {
  /** Whole inputs with a meaning. */
  readonly seeds: readonly string[];
  /**
   * Words with a meaning. `{i}` becomes the number of the repetition, because some readers are slow only if all differ.
   */
  readonly words: readonly string[];
}

const NUMBER = "{i}";
const ODD_BYTES = [0, 1, 9, 10, 13, 32, 0x7f, 0x80, 0xc3, 0xe2, 0xff];

/** An input of about this size: a seed with some changes, and with a part that is repeated. */
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

/** Repeats the unit as often as there is room, but at least once. */
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

/** The same bytes with some changes: other bytes, fewer, or more. */
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
