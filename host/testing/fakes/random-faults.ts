import { refuseUnknownOptions } from "../../api/config.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { TransferFailure } from "../../network/transfer/failures.ts";
import { type Answer, BREAKS, type GivenResponse } from "../exchange/answer.ts";
import { show } from "./values.ts";

/** A fault that comes at random. */
export type FaultKind = "refused" | "reset" | "cut" | "garbage" | "delay" | "trickle" | "never";

/** Faults that come at random in place of answers. */
export interface FaultOptions {
  /** How many answers of all have a fault: from 0 to 1. */
  readonly rate: number;
  /**
   * `refused` is COULDNT_CONNECT; `reset` is RECV_ERROR and `cut` is PARTIAL_FILE, somewhere in the content; `garbage` is
   * UNSUPPORTED_PROTOCOL; `delay` takes up to a second; with `trickle` the content comes in ten pieces, in up to a second;
   * `never` lasts until a time limit. @default refused, reset, cut
   */
  readonly kinds?: readonly FaultKind[] | undefined;
  /** A whole number from which the faults follow. @default a new one, which is printed to standard error */
  readonly seed?: number | undefined;
}

const KEYS: readonly (keyof FaultOptions)[] = ["rate", "kinds", "seed"];
const DEFAULT_KINDS: readonly FaultKind[] = ["refused", "reset", "cut"];
const LONGEST_DELAY_MS = 1000;
const PIECES = 10;

/** How an answer becomes a fault. `random` is from 0 up to, but without, 1. */
const FAULTS: Readonly<Record<FaultKind, (answer: GivenResponse, random: number) => Answer>> = {
  refused: () => failure("COULDNT_CONNECT"),
  garbage: () => failure("UNSUPPORTED_PROTOCOL"),
  reset: (answer, random) => breaks(answer, random, BREAKS.reset),
  // Content that has come as a whole is not cut.
  cut: (answer, random) =>
    answer.content.length === 0 ? failure("GOT_NOTHING") : breaks(answer, random, BREAKS.cut),
  delay: (answer, random) =>
    spoilt(answer, { delayMs: (answer.faults.delayMs ?? 0) + random * LONGEST_DELAY_MS }),
  trickle: (answer, random) => {
    const bytes = Math.max(1, Math.ceil(answer.content.length / PIECES));
    return spoilt(answer, { trickle: { bytes, everyMs: (random * LONGEST_DELAY_MS) / PIECES } });
  },
  never: () => ({ kind: "silence" }),
};

/** Puts faults in the place of some answers. */
export class RandomFaults {
  readonly #rate: number;
  readonly #kinds: readonly FaultKind[];
  readonly #random: () => number;

  /** @param random Makes the numbers that follow from a seed @throws HttpBackgroundError BAD_CONFIG */
  constructor(options: FaultOptions, random: (seed: number) => () => number) {
    refuseUnknownOptions(options, KEYS, "BAD_CONFIG", "faults");
    const { rate, kinds = DEFAULT_KINDS, seed } = options;
    if (!(typeof rate === "number" && rate >= 0 && rate <= 1))
      throw bad("faults.rate", `must be a number from 0 to 1, and is ${show(rate)}`);
    const isKind = (kind: string): boolean => Object.hasOwn(FAULTS, kind);
    if (!Array.isArray(kinds) || kinds.length === 0 || !kinds.every(isKind))
      throw bad("faults.kinds", `must be a list of ${Object.keys(FAULTS).join(", ")}`);
    if (seed !== undefined && !Number.isSafeInteger(seed)) throw bad("faults.seed", "must be a whole number");
    this.#rate = rate;
    this.#kinds = kinds;
    this.#random = random(seed ?? announced());
  }

  /** The answer, or a fault. */
  spoil(answer: Answer): Answer {
    if (answer.kind !== "response" || this.#random() >= this.#rate) return answer;
    const kind = this.#kinds[Math.floor(this.#random() * this.#kinds.length)] as FaultKind;
    return FAULTS[kind](answer, this.#random());
  }
}

/** A new seed. It is printed, so that a test that fails can be repeated. */
function announced(): number {
  const seed = Math.floor(Math.random() * 2 ** 31);
  console.error(`http-background/testing: faults with the seed ${seed}`);
  return seed;
}

function failure(code: "COULDNT_CONNECT" | "UNSUPPORTED_PROTOCOL" | "GOT_NOTHING"): Answer {
  return { kind: "failure", error: new TransferFailure(code), phase: "waiting", faults: {} };
}

function breaks(answer: GivenResponse, random: number, error: () => Error): Answer {
  return spoilt(answer, { breaks: { after: Math.floor(random * answer.content.length), error } });
}

function spoilt(answer: GivenResponse, faults: GivenResponse["faults"]): Answer {
  return { ...answer, faults: { ...answer.faults, ...faults } };
}

function bad(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_CONFIG", `${option}: ${why}`, { option });
}
