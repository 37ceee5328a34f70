import { HttpBackgroundError, type MistakeCode } from "../../api/errors.ts";
import { UnwindOverflow } from "../../guest/parked/unwind-area.ts";
import { Abort, RecursionError } from "./abort.ts";
import { type Place, ScriptError, type ScriptErrorCode } from "./errors.ts";
import { Fault, type FaultKind } from "./fault.ts";
import type { LimitName } from "./limits.ts";
import { PastLimit } from "./past-limit.ts";

/** The error that ended a guest, on its way to another thread. */
export interface ErrorRecord {
  /** An index of KINDS. */
  readonly kind: number;
  readonly message: string;
  readonly code?: string | undefined;
  readonly option?: string | undefined;
  readonly place?: Place | undefined;
  readonly stack?: string | undefined;
  readonly cause?: ErrorRecord | undefined;
}

/** A class of errors that are told apart later, and how to make one again. */
interface Kind {
  matches(error: Error): boolean;
  make(record: ErrorRecord, options: { cause?: Error }): Error;
}

/** The first row that matches counts. */
const KINDS: readonly Kind[] = [
  { matches: (error) => error instanceof UnwindOverflow, make: () => new UnwindOverflow() },
  {
    matches: (error) => error instanceof ScriptError,
    make: ({ code, message, place }, { cause }) =>
      new ScriptError(code as ScriptErrorCode, message, { place, cause }),
  },
  {
    matches: (error) => error instanceof HttpBackgroundError,
    make: ({ code, message, option }, { cause }) =>
      new HttpBackgroundError(code as MistakeCode, message, { option, cause }),
  },
  {
    matches: (error) => error instanceof Fault,
    make: ({ code, message, stack }) => new Fault(code as FaultKind, message, stack ?? ""),
  },
  {
    matches: (error) => error instanceof PastLimit,
    make: ({ code }) => new PastLimit(code as LimitName),
  },
  { matches: (error) => error instanceof Abort, make: ({ message, place }) => new Abort(message, place) },
  {
    matches: (error) => error instanceof RecursionError,
    make: (_record, { cause }) => new RecursionError(cause),
  },
  {
    matches: (error) => error instanceof WebAssembly.RuntimeError,
    make: ({ message }, options) => Object.assign(new WebAssembly.RuntimeError(message), options),
  },
  {
    matches: (error) => error instanceof RangeError,
    make: ({ message }, options) => new RangeError(message, options),
  },
  { matches: () => true, make: ({ message }, options) => new Error(message, options) },
];

/** Causes that are deeper than this are left out. */
const DEEPEST = 3;

/** The error as plain data. */
export function recordError(error: unknown, depth = 0): ErrorRecord {
  if (!(error instanceof Error)) return { kind: KINDS.length - 1, message: String(error) };
  const { message, stack, code, option, place } = error as Error & Partial<ErrorRecord>;
  const hasCause = error.cause !== undefined && depth < DEEPEST;
  return {
    kind: KINDS.findIndex((kind) => kind.matches(error)),
    message,
    code,
    option,
    place,
    stack,
    cause: hasCause ? recordError(error.cause, depth + 1) : undefined,
  };
}

/** Makes the error again, with the stack that it had. */
export function restoreError(record: ErrorRecord): Error {
  const cause = record.cause && restoreError(record.cause);
  const error = (KINDS[record.kind] as Kind).make(record, cause === undefined ? {} : { cause });
  if (record.stack !== undefined) error.stack = record.stack;
  return error;
}
