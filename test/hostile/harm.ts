import type { Operation } from "./driver.ts";
import * as messages from "./messages.ts";
import type { Operand, Program } from "./program.ts";
import type { Random } from "./random.ts";

/** A run of the driver, or of the liar. */
export interface HostileRun {
  readonly program: Program;
  readonly isLiar?: boolean;
  /** After this many turns of the event loop, the run's signal aborts. */
  readonly abortAfter?: number;
  readonly timeout?: number;
}

export interface ProgramKind {
  readonly name: string;
  readonly weight: number;
  write(random: Random, target: messages.Target): HostileRun;
}

/** Size of the driver's memory at its start. */
export const MEMORY = 8 * 65_536;
/** Addresses and lengths: at both ends of the memory, across the ends, and odd ones. */
const EDGES = [
  0,
  1,
  2,
  3,
  4,
  8,
  64,
  4095,
  4096,
  65_535,
  65_536,
  MEMORY - 4,
  MEMORY - 1,
  MEMORY,
  MEMORY + 1,
  16 * 65_536,
  0x7fffffff,
  0x80000000,
  0xfffffff0,
  0xfffffffc,
  0xffffffff,
];
const FLOATS = [0, 1, 0.5, -1, 1.5, Number.NaN, Infinity, -Infinity, 2 ** 31, 2 ** 32, 2 ** 53, 1e308, -0];
/** The operations that call the host. */
export const IMPORTS: readonly Operation[] = [
  "call",
  "start",
  "wait",
  "waitAny",
  "echo",
  "arguments",
  "resource",
  "size",
  "read",
  "header",
  "url",
  "release",
  "abort",
];
/** The harmful operations of a phase. Endless loops are not here: they take long, and have their own kind. */
const HARMS: readonly Operation[] = [
  "trap",
  "divide",
  "truncate",
  "jump",
  "recurse",
  "abort",
  "load",
  "store",
  "fill",
  "copy",
  "grow",
  "echo",
  "call",
  "start",
  "wait",
  "waitAny",
  "arguments",
  "read",
  "header",
  "url",
  "release",
  "resource",
  "globals",
  "end",
];

export const anywhere = (random: Random): number => (random.chance(0.7) ? random.pick(EDGES) : random.u32());

/** Adds an operation with any operands. */
export function anything(random: Random, program: Program, operations: readonly Operation[]): void {
  const operation = random.pick(operations);
  const operands = random.times(
    4,
    (): Operand => (random.chance(0.2) ? { acc: anywhere(random) } : anywhere(random)),
  );
  // A jump to a wrong address traps. A jump far back would loop.
  if (operation === "repeat") program.do("end");
  else program.doWith(random.pick(FLOATS), operation, ...operands);
}

/** Adds a call that is answered. So the following operations run after the script was suspended. */
export function goodCall(random: Random, program: Program, target: messages.Target): Program {
  return program.call(messages.goodArguments(random, target));
}

/** Adds a call that goes on beside the next operations. */
export function startedCall(random: Random, program: Program, target: messages.Target): Program {
  const args = messages.goodArguments(random, target);
  return program.do("start", program.put(args), args.length);
}

export function harm(random: Random, program: Program): void {
  anything(random, program, HARMS);
}
