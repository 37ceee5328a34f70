import type { StepEnd } from "./step.ts";

const NOTHING = new Uint8Array();

/** The end of a step that was not computed, or whose end cannot be told, for example because there is no memory for it. */
export function failedEnd(ticket: number, error: unknown, used: Partial<StepEnd> = {}): StepEnd {
  const { cpuMs = 0, memoryBytes = 0 } = used;
  const outcome = { kind: "failed", error, isStarved: false } as const;
  return { ticket, cpuMs, memoryBytes, output: NOTHING, released: [], hasTaken: false, outcome };
}
