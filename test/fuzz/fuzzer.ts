import { Random } from "../hostile/random.ts";
import { findDelay, isSuspicious, type Patience, readingTime, type Sizes } from "./clock.ts";
import { shrink } from "./shrink.ts";
import { type AnyTarget, play } from "./target.ts";

const LEAST_SIZE = 16;
/** After this many finds, a target is not played any more, because they are probably the same. */
const ENOUGH_FINDS = 3;

/** An input for which something is wrong. */
export interface Find {
  readonly target: string;
  readonly why: string;
  /** The input. If it is too slow, also the same input in a quarter and half of its size before it. */
  readonly inputs: readonly Buffer[];
  /** The number of the case of the seed. */
  readonly number: number;
}

export interface Options {
  readonly seed: number;
  /** Whether one more case is played, for a target that has played this many. */
  goesOn(played: number): boolean;
  /** Maximum size of an input. @default each target has its own */
  readonly largest?: number;
  readonly patience: Patience;
}

/** The result for a target. */
export interface Report {
  readonly target: string;
  readonly played: number;
  readonly outcomes: ReadonlyMap<string, number>;
  readonly finds: readonly Find[];
  /** The longest time for one input, and the size of this input. */
  readonly longest: { readonly ms: number; readonly bytes: number };
}

/** Plays one case after the other. */
export async function fuzz(target: AnyTarget, options: Options): Promise<Report> {
  const outcomes = new Map<string, number>();
  const finds = new Map<string, Find>();
  let longest = { ms: 0, bytes: 0 };
  let played = 0;
  // A reader that is slow makes everything slow, this program too.
  let isSlow = false;
  for (; !isSlow && finds.size < ENOUGH_FINDS && options.goesOn(played); played++) {
    const { outcome, find, ms, bytes } = await playCase(target, played, options);
    if (ms > longest.ms) longest = { ms, bytes };
    isSlow = find !== undefined && find.inputs.length > 1;
    if (find !== undefined && !finds.has(kindOf(find.why))) finds.set(kindOf(find.why), find);
    const name = outcome ?? "find";
    outcomes.set(name, (outcomes.get(name) ?? 0) + 1);
  }
  return { target: target.name, played, outcomes, finds: [...finds.values()], longest };
}

interface Case {
  readonly outcome?: string;
  readonly find?: Find;
  readonly ms: number;
  readonly bytes: number;
}

async function playCase(target: AnyTarget, number: number, options: Options): Promise<Case> {
  const size = sizeOf(target, number, options);
  const inputOf = (bytes: number): Buffer => target.make(caseRandom(number, options), bytes);
  const input = inputOf(size);
  const ms = await readingTime(target, input);
  const found = (why: string, inputs: readonly Buffer[]): Case => {
    return { find: { target: target.name, why, inputs, number }, ms, bytes: input.length };
  };
  if (isSuspicious(ms, options.patience)) {
    const sizes: Sizes = [inputOf(size / 4), inputOf(size / 2), input];
    const why = await findDelay(target, sizes, options.patience);
    if (why !== undefined) return found(why, sizes);
  }
  try {
    return { outcome: await play(target, input), ms, bytes: input.length };
  } catch (error) {
    const why = describe(error);
    const isSame = async (shorter: Buffer): Promise<boolean> => {
      return kindOf((await faultOf(target, shorter)) ?? "") === kindOf(why);
    };
    return found(why, [await shrink(input, isSame)]);
  }
}

/** What is wrong with the result of an input; undefined if nothing is. */
export async function faultOf(target: AnyTarget, input: Buffer): Promise<string | undefined> {
  try {
    await play(target, input);
    return undefined;
  } catch (error) {
    return describe(error);
  }
}

/** A size, chosen among this many doublings. Small inputs come more often than large ones. */
function sizeOf({ largest }: AnyTarget, number: number, options: Options): number {
  const most = Math.min(largest, options.largest ?? largest);
  const doublings = Math.ceil(Math.log2(most / LEAST_SIZE));
  const random = new Random(options.seed, number, 1);
  return Math.min(most, LEAST_SIZE * 2 ** Math.min(random.below(doublings + 1), random.below(doublings + 1)));
}

function caseRandom(number: number, { seed }: Options): Random {
  return new Random(seed, number, 2);
}

/** The text of an error, without the parts that differ each time. */
function kindOf(why: string): string {
  return (why.split("\n", 1)[0] ?? "").replace(/[0-9.]+/g, "0").slice(0, 60);
}

function describe(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : `not an error: ${String(error)}`;
}
