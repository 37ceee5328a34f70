import { SLOT } from "./driver.ts";
import { anywhere, goodCall, type HostileRun, harm, type ProgramKind } from "./harm.ts";
import type * as messages from "./messages.ts";
import { Program } from "./program.ts";
import type { Random } from "./random.ts";

/** The places where a program does harm, in the order of a run's phases. */
const PHASES: Readonly<Record<string, (random: Random, program: Program, target: messages.Target) => void>> =
  {
    "before the call": (random, program, target) => {
      harm(random, program);
      goodCall(random, program, target);
    },
    "after the call": (random, program, target) => {
      goodCall(random, program, target);
      harm(random, program);
    },
    "deep in the stack after the call": (random, program, target) => {
      program.do("deep", random.below(20));
      goodCall(random, program, target);
      harm(random, program);
    },
    "in the allocator, at the arguments": (random, program) => {
      program.define("alloc", SLOT, (inner) => harm(random, inner));
      program.do("lie", random.below(2), 0).do("arguments").do("record");
    },
    "in the allocator, at the answer": (random, program, target) => {
      program.define("alloc", SLOT, (inner) => harm(random, inner));
      program.do("set", anywhere(random)).do("lie", random.below(2), random.below(2));
      goodCall(random, program, target).do("record");
      goodCall(random, program, target).do("record");
    },
    "in the allocator, while a content is read": (random, program, target) => {
      goodCall(random, program, target);
      program.define("alloc", SLOT, (inner) => harm(random, inner));
      program.do("handle").do("lie", 1, 0).do("content");
    },
  };

/** Harm in every phase of a run. */
export const PHASE_KINDS: readonly ProgramKind[] = Object.entries(PHASES).map(
  ([phase, spoil]): ProgramKind => ({
    name: `harm ${phase}`,
    weight: 60,
    write(random, target) {
      const program = new Program();
      spoil(random, program, target);
      return { program };
    },
  }),
);

/**
 * A guest with its own functions in place of Asyncify's. Each of them does anything, or nothing. The guest never
 * unwinds. When it should rewind, its entry simply runs again. Then it may ask for its answer once, twice, or not at
 * all.
 */
export function lie(random: Random, target: messages.Target): HostileRun {
  const program = new Program();
  const slots = Object.keys(SLOT) as (keyof typeof SLOT)[];
  for (const slot of random.shuffle(slots).slice(0, random.below(3))) {
    program.define(slot, SLOT, (inner) => {
      if (random.chance(0.3)) goodCall(random, inner, target);
      if (random.chance(0.7)) harm(random, inner);
    });
  }
  if (random.chance(0.7)) {
    program.define("again", SLOT, (inner) => {
      goodCall(random, inner, target);
      if (random.chance(0.5)) inner.do("record");
      if (random.chance(0.5)) goodCall(random, inner, target);
      if (random.chance(0.2)) harm(random, inner);
    });
  }
  if (random.chance(0.5)) program.do("lie", random.below(2), random.below(4));
  goodCall(random, program, target);
  if (random.chance(0.1)) goodCall(random, program, target);
  if (random.chance(0.2)) harm(random, program);
  return { program, isLiar: true };
}
