import { refuseUnknownOptions } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import type { PolicyRules } from "../api/rules.ts";
import type { OpenDoor } from "../door/script-door.ts";
import { isAborted, isAbortSignal } from "../lifetime/abort-watch.ts";
import {
  type GivenLimits,
  isOutOfMemory,
  type Limits,
  narrowLimits,
  outOfMemory,
  readLimit,
} from "./blame/limits.ts";
import { readLabel } from "./label.ts";
import type { GivenCopies } from "./run/given-copies.ts";
import { type Granted, Grants } from "./run/grants.ts";
import type { RunParts } from "./run/run-parts.ts";

/** What a run gets. It gets nothing else. */
export interface RunOptions extends Granted {
  /** The arguments of the script, in order. Text is UTF-8. */
  args?: readonly (string | Uint8Array)[] | undefined;
  /** If it aborts, the run ends at once, in any phase. It rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * Called with output of the script, as it comes: whenever the script waits for a reply, and at the end. What it
   * throws ends the run. The whole output is in the result, too.
   */
  onOutput?: ((bytes: Buffer) => void) | undefined;
  /** Seconds for the whole run. @default limits.timeout */
  timeout?: number | undefined;
  /** What it may reach of what the runtime allows: both must allow. Its rules have no secrets. @default all of it */
  allow?: PolicyRules["allow"];
  /** What it may not reach, besides what the runtime blocks. */
  block?: PolicyRules["block"];
  /** The options that widen and that it may use, of those that the runtime allows. @default all of them */
  options?: PolicyRules["options"];
  /** Limits of the run. Where the runtime has a smaller one, that one holds. */
  limits?: GivenLimits | undefined;
  /** For whom it runs: 1 to 256 characters. The events of the run and of its calls carry it. */
  tenant?: string | undefined;
}

const RUN_OPTIONS: readonly (keyof RunOptions)[] = [
  "args",
  "files",
  "x509",
  "privateKeys",
  "signal",
  "onOutput",
  "timeout",
  "tenant",
  "allow",
  "block",
  "options",
  "limits",
];

/** What an application gives to a run. */
type GivenParts = Omit<RunParts, "entry" | "resolve" | "reject">;

/** What the runs of a runtime have in common, as far as their options need it. @internal */
export interface RunGround {
  readonly limits: Limits;
  readonly door: Pick<OpenDoor, "narrow">;
  /** Of what is given to all runs. */
  readonly copies: GivenCopies;
}

/**
 * Checks what an application gives to a run, and copies what it could change during the run.
 *
 * @throws HttpBackgroundError BAD_ARGUMENT or BAD_CONFIG, which names the wrong option; ScriptError MEMORY_LIMIT; the
 * signal's reason
 * @internal
 */
export function readRunOptions(options: RunOptions, ground: RunGround): GivenParts {
  try {
    return read(options, ground);
  } catch (error) {
    throw isOutOfMemory(error) ? outOfMemory(error) : error;
  }
}

function read(options: RunOptions, { limits: most, door, copies }: RunGround): GivenParts {
  refuseUnknownOptions(options, RUN_OPTIONS, "BAD_ARGUMENT");
  const { args: given = [], signal, onOutput, timeout, tenant } = options;
  const { allow, block, options: open } = options;
  const limits = narrowLimits(most, options.limits);
  if (signal !== undefined && !isAbortSignal(signal)) throw badArgument("signal", "must be an AbortSignal");
  if (onOutput !== undefined && typeof onOutput !== "function")
    throw badArgument("onOutput", "must be a function");
  // A copy, so that nobody can change it during the run. `Array.from` also fills holes.
  const args = Array.isArray(given) ? Array.from<string | Uint8Array>(given) : [undefined];
  if (!args.every(isText)) throw badArgument("args", "must be an array of strings and bytes");
  const parts = {
    signal,
    onOutput,
    tenant: readLabel("tenant", tenant),
    limits: timeout === undefined ? limits : withTimeout(limits, timeout, options.limits),
    rules: door.narrow({ allow, block, options: open }),
  };
  if (signal !== undefined && isAborted(signal)) throw signal.reason;
  // Last: copies belong to the run, which gives them back.
  const grants = new Grants(options, copies);
  return { ...parts, grants, args: args.map((arg) => (typeof arg === "string" ? arg : copies.of(arg))) };
}

/** `timeout` may be longer than that of the runtime, but not than one in the run's own `limits`. */
function withTimeout(limits: Limits, timeout: number, own: GivenLimits | undefined): Limits {
  const seconds = readLimit("timeout", timeout);
  return { ...limits, timeout: own?.timeout === undefined ? seconds : Math.min(seconds, limits.timeout) };
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === "string" || value instanceof Uint8Array;
}

function badArgument(option: string, why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `${option}: ${why}`, { option });
}
