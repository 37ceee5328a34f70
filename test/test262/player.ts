import type { Program } from "./program.ts";

/** Something that plays programs. */
export interface Player {
  readonly name: string;
  /** @returns What the program has said, and how it ended if it did not come to its end */
  play(program: Program): Promise<string[]>;
  close(): Promise<void>;
}

/** What a program may use, wherever it is played. */
export const MEMORY_PAGES = 4096;
export const MOST_MS = 20_000;

/** The first word of the last line if a program was ended by what it threw. The name of its class follows. */
export const ENDED = "ended";
/** The last line if a program waits for what never happens. */
export const WAITS = "waits";
