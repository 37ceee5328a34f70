import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { leftovers, openHandles } from "../support/handles.ts";
import { Guests } from "./guests.ts";
import { KINDS } from "./kinds.ts";
import { Random } from "./random.ts";

const BATCH = 250;
/** Honest runs that wait while a batch is played. */
const HONEST = 8;
const LONGEST_BATCH_MS = 120_000;

export interface CorpusOptions {
  readonly seed: number;
  readonly cases: number;
  /** The number of the first case: one that failed is played again by itself. */
  readonly first?: number;
  /** Part of the names of the kinds that are played. @default all */
  readonly only?: string | undefined;
}

export interface Report {
  /** How often each outcome was, by kind. */
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

/** Plays all cases, a batch at a time. @throws for the first that did harm, naming it */
export async function playCorpus({ seed, cases, first = 0, only = "" }: CorpusOptions): Promise<Report> {
  const kinds = KINDS.filter(({ name }) => name.includes(only));
  const outcomes = new Map(kinds.map(({ name }) => [name, new Map<string, number>()]));
  const escaped: unknown[] = [];
  const note = (error: unknown): void => void escaped.push(error);
  process.on("unhandledRejection", note).on("uncaughtException", note);
  const handles = openHandles();
  const guests = await Guests.create();
  try {
    await guests.runCanary();
    const before = usage();
    const start = performance.now();
    for (let at = first; at < first + cases; at += BATCH) {
      const batch = Array.from({ length: Math.min(BATCH, first + cases - at) }, (_, i) => at + i);
      await playBatch(
        guests,
        async () => {
          await Promise.all(batch.map((number) => playCase(number)));
        },
        `${at} to ${at + batch.length - 1} of seed ${seed}`,
      );
      if (escaped.length > 0) throw escaped[0];
    }
    return { outcomes, ms: performance.now() - start, before, after: usage() };
  } finally {
    await guests.world.close();
    process.off("unhandledRejection", note).off("uncaughtException", note);
    assert.deepEqual(await leftovers(handles), []);
  }

  async function playCase(number: number): Promise<void> {
    const random = new Random(seed, number);
    const kind = random.pickWeighted(kinds);
    const outcome = await kind.play(random, guests).catch((cause: unknown) => {
      throw new Error(`case ${number} of seed ${seed}, ${kind.name}: ${describe(cause)}`, { cause });
    });
    const counts = outcomes.get(kind.name) as Map<string, number>;
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }
}

/** Honest runs wait before and after; one that needs its answer at once comes behind. */
async function playBatch(guests: Guests, play: () => Promise<void>, which: string): Promise<void> {
  const { world } = guests;
  const honest = Array.from({ length: HONEST }, () => guests.startHonest());
  const waiting = Promise.all(honest);
  waiting.catch(() => {});
  while (world.holding < HONEST) await Promise.race([setImmediate(), waiting]);
  await inTime(play(), which);
  await guests.runCanary();
  world.release();
  await waiting;
  assert.deepEqual(world.leaks, []);
  const { queued, active } = world.http.stats().default ?? {};
  assert.deepEqual({ queued, active }, { queued: 0, active: 0 }, `calls go on after cases ${which}`);
}

/** What never settles is harm, too. */
async function inTime(playing: Promise<void>, which: string): Promise<void> {
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
