import { ScriptError } from "../blame/errors.ts";
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
    reason.output = run.output.textIfThereIsRoom();
    reason.usage = run.usage.copy();
  }
  publishEnd(run, { reason });
  run.parts.reject(reason);
}
