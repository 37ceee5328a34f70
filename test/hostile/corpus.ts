import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { leftovers, openHandles } from "../support/handles.ts";
import { Guests } from "./guests.ts";
import { KINDS, type Kind } from "./kinds.ts";
import { Random } from "./random.ts";

const BATCH = 250;
/** Number of honest runs that wait while a batch is played. */
const HONEST = 8;
const LONGEST_BATCH_MS = 120_000;

export interface CorpusOptions {
  readonly seed: number;
  readonly cases: number;
  /** The number of the first case. With it, a case that failed can be played again alone. */
  readonly first?: number;
  /** Only kinds whose name contains this text are played. @default all */
  readonly only?: string | undefined;
  /** Called from time to time with the number of cases that were played. */
  readonly onProgress?: (played: number) => void;
}

export interface Report {
  /** For each kind, how often each outcome came. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly ms: number;
  readonly before: Usage;
  readonly after: Usage;
}

export interface Usage {
  readonly rssMiB: number;
  readonly heapMiB: number;
  readonly externalMiB: number;
  readonly handles: number;
}

/** Plays all cases, in batches. @throws for the first case that did harm, with its number */
export async function playCorpus(options: CorpusOptions): Promise<Report> {
  const escaped: unknown[] = [];
  const note = (error: unknown): void => void escaped.push(error);
  process.on("unhandledRejection", note).on("uncaughtException", note);
  const handles = openHandles();
  const corpus = new Corpus(await Guests.create(), options);
  try {
    return await corpus.play(escaped);
  } finally {
    await corpus.guests.world.close();
    process.off("unhandledRejection", note).off("uncaughtException", note);
    assert.deepEqual(await leftovers(handles), []);
  }
}

class Corpus {
  readonly guests: Guests;
  readonly #options: CorpusOptions;
  readonly #kinds: readonly Kind[];
  readonly #outcomes: ReadonlyMap<string, Map<string, number>>;

  constructor(guests: Guests, options: CorpusOptions) {
    const { only = "" } = options;
    this.guests = guests;
    this.#options = options;
    this.#kinds = KINDS.filter(({ name }) => name.includes(only));
    this.#outcomes = new Map(this.#kinds.map(({ name }) => [name, new Map()]));
  }

  /** @param escaped Errors that nobody has caught. */
  async play(escaped: readonly unknown[]): Promise<Report> {
    const { cases, first = 0, onProgress } = this.#options;
    await this.guests.runCanary();
    const before = usage();
    const start = performance.now();
    for (let played = 0; played < cases; ) {
      const size = Math.min(BATCH, cases - played);
      await this.#playBatch(Array.from({ length: size }, (_, i) => first + played + i));
      if (escaped.length > 0) throw escaped[0];
      played += size;
      onProgress?.(played);
    }
    return { outcomes: this.#outcomes, ms: performance.now() - start, before, after: usage() };
  }

  /** Honest runs begin before the batch and end after it. Then another honest run must get its answer at once. */
  async #playBatch(numbers: readonly number[]): Promise<void> {
    const { world } = this.guests;
    const which = `${numbers[0]} to ${numbers.at(-1)} of seed ${this.#options.seed}`;
    const waiting = Promise.all(Array.from({ length: HONEST }, () => this.guests.startHonest()));
    waiting.catch(() => {});
    while (world.holding < HONEST) await Promise.race([setImmediate(), waiting]);
    await inTime(Promise.all(numbers.map((number) => this.#playCase(number))), which);
    await this.guests.runCanary();
    world.release();
    await waiting;
    assert.deepEqual(world.leaks, []);
    const { queued, active } = world.http.stats().default ?? {};
    assert.deepEqual({ queued, active }, { queued: 0, active: 0 }, `calls go on after cases ${which}`);
  }

  async #playCase(number: number): Promise<void> {
    const { seed } = this.#options;
    const random = new Random(seed, number);
    const kind = random.pickWeighted(this.#kinds);
    const outcome = await kind.play(random, this.guests).catch((cause: unknown) => {
      throw new Error(`case ${number} of seed ${seed}, ${kind.name}: ${describe(cause)}`, { cause });
    });
    const counts = this.#outcomes.get(kind.name) as Map<string, number>;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
}

/** Fails if the batch does not end, because that is harm too. */
async function inTime(playing: Promise<unknown>, which: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`cases ${which} do not end`)), LONGEST_BATCH_MS);
  });
  await Promise.race([playing, late]).finally(() => clearTimeout(timer));
}

function usage(): Usage {
  globalThis.gc?.();
  const { rss, heapUsed, external } = process.memoryUsage();
  const mib = (bytes: number): number => Math.round(bytes / 2 ** 20);
  return {
    rssMiB: mib(rss),
    heapMiB: mib(heapUsed),
    externalMiB: mib(external),
    handles: openHandles().length,
  };
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}
