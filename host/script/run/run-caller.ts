import { ScriptError } from "../blame/errors.ts";
import { LONG_FROM } from "../pages/paged-bytes.ts";
import type { RunBooks } from "./run-books.ts";
import { publishEnd } from "./run-events.ts";
import type { ScriptValue } from "./script-value.ts";

/** What a function of the caller has thrown. */
export interface CallerFailure {
  readonly reason: unknown;
}

/** Gives the script's new output to the caller. @returns The error that the caller's function has thrown */
export function tellOutput({ parts, output, scope }: RunBooks): CallerFailure | undefined {
  const { onOutput } = parts;
  if (onOutput === undefined) return undefined;
  try {
    const bytes = output.takeNew();
    if (bytes !== undefined) scope.runInAsyncScope(onOutput, undefined, bytes);
    return undefined;
  } catch (reason) {
    return { reason };
  }
}

/** Tells the caller what the run has returned. */
export function tellResult(run: RunBooks, value: ScriptValue): void {
  const failure = tellOutput(run);
  publishEnd(run, failure);
  if (failure === undefined) run.parts.resolve(value);
  else run.parts.reject(failure.reason);
}

/** Tells the caller why the run has ended early. */
export function tellFailure(run: RunBooks, reason: unknown): void {
  // The first reason counts.
  tellOutput(run);
  if (reason instanceof ScriptError) {
    // Runs that lose their memory must not take more of it, and many lose it at the same time.
    const most = reason.code === "MEMORY_LIMIT" ? LONG_FROM : Number.POSITIVE_INFINITY;
    reason.output = run.output.textIfThereIsRoom(most);
    reason.usage = run.usage.copy();
  }
  publishEnd(run, { reason });
  run.parts.reject(reason);
}
