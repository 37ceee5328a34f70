import { HttpBackgroundError } from "../../api/errors.ts";
import type { OffsetMap } from "../../guest/confine/offset-map.ts";
import { UnwindOverflow } from "../../guest/parked/unwind-area.ts";
import { Abort, asRecursion, describePlace } from "../blame/abort.ts";
import { type Place, ScriptError } from "../blame/errors.ts";
import { Fault } from "../blame/fault.ts";
import { rejectionOfFault } from "../blame/javascript.ts";
import { isAllocationFailure, type Limits, limitError, outOfMemory } from "../blame/limits.ts";
import { PastLimit } from "../blame/past-limit.ts";
import { isOwn, type SourceMap } from "../blame/source-map.ts";
import type { Failed } from "../steps/step.ts";

/** A run whose guest has failed. */
export interface FailedRun {
  readonly limits: Limits;
  /** The last mistake that the script was told of. */
  readonly mistake: HttpBackgroundError | undefined;
}

interface Circumstances {
  readonly run: FailedRun;
  readonly offsets: OffsetMap;
  readonly sourceMap: SourceMap | undefined;
}

/** The frame of a script in a stack trace of V8. */
const FRAME = /wasm-function\[\d+\]:0x([0-9a-f]+)/g;

/** The error for a module that fails before there is a run, for example in its start function. */
export function rejectionOfStart(
  error: unknown,
  origin: Pick<Circumstances, "offsets" | "sourceMap">,
): HttpBackgroundError | ScriptError {
  if (isAllocationFailure(error)) {
    const message = "the module was not loaded: there is not enough memory for an instance of it";
    return new ScriptError("MEMORY_LIMIT", message, { cause: error });
  }
  const cause = asRecursion(error) as Error;
  const isEarly = /out of turn/.test(cause.message);
  const advice = isEarly ? " (calls belong into exported functions)" : "";
  const message = `the module does not start: ${cause.message}${advice}`;
  const place = findPlace(cause, origin);
  return new HttpBackgroundError("BAD_MODULE", `${message}${describe(place)}`, { cause });
}

/** The error with which a run rejects whose guest has failed. */
export function rejectionOfRun({ error, isStarved }: Failed, circumstances: Circumstances): unknown {
  const { run } = circumstances;
  const { limits } = run;
  if (error instanceof ScriptError) return error;
  if (error instanceof PastLimit) return limitError(error.code, limits[error.code]);
  if (error instanceof UnwindOverflow) return limitError("stackBytes", limits.stackBytes);
  if (isAllocationFailure(error)) return outOfMemory(error);
  if (isStarved) return limitError("memoryPages", limits.memoryPages);
  if (error instanceof Abort) return rejectionOfAbort(error, circumstances);
  const place = findPlace(error as Error, circumstances);
  const cause = asRecursion(error);
  const message = `the script trapped: ${(cause as Error).message}${describe(place)}`;
  return new ScriptError("SCRIPT_TRAPPED", message, { place, cause });
}

/** The same for a script in JavaScript. */
export function rejectionOfJavaScript({ error, isStarved }: Failed, run: FailedRun): unknown {
  const { limits } = run;
  if (error instanceof ScriptError) return error;
  if (error instanceof PastLimit) return limitError(error.code, limits[error.code]);
  if (error instanceof Fault) return withMistake(rejectionOfFault(error, limits), error, run);
  if (isAllocationFailure(error)) return outOfMemory(error);
  if (isStarved) return limitError("memoryPages", limits.memoryPages);
  const cause = asRecursion(error) as Error;
  return new ScriptError("SCRIPT_TRAPPED", `the script trapped: ${cause.message}`, { cause });
}

/** The mistake of a call is the cause of the error that the script has thrown for it. */
function withMistake(error: ScriptError, { message }: Fault, { mistake }: FailedRun): ScriptError {
  if (mistake !== undefined && message.endsWith(`: ${mistake.message}`)) error.cause = mistake;
  return error;
}

function rejectionOfAbort(error: Abort, circumstances: Circumstances): ScriptError {
  const { mistake } = circumstances.run;
  const isInLibrary = error.place === undefined || !isOwn(error.place.file);
  // For example an index out of range: the script's own line helps more than the line in the library.
  const place = (isInLibrary ? findPlace(error, circumstances) : undefined) ?? error.place;
  const cause = mistake?.message === error.message ? mistake : undefined;
  return new ScriptError("SCRIPT_ABORTED", `${error.message}${describe(place)}`, { place, cause });
}

/** The innermost place in a source of the script itself. */
function findPlace(
  { stack }: Error,
  { offsets, sourceMap }: Pick<Circumstances, "offsets" | "sourceMap">,
): Place | undefined {
  if (sourceMap === undefined || stack === undefined) return undefined;
  for (const [, offset = ""] of stack.matchAll(FRAME)) {
    const original = offsets.toOriginal(Number.parseInt(offset, 16));
    const place = original && sourceMap.find(original, offsets.functionAt(original));
    if (place) return place;
  }
  return undefined;
}

function describe(place: Place | undefined): string {
  return place === undefined ? "" : ` at ${describePlace(place)}`;
}
