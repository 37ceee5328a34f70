import { randomBytes } from "node:crypto";
import type { OffsetTable } from "../../guest/confine/offset-map.ts";
import { GuestModule } from "../../guest/engine/module.ts";
import { type ErrorRecord, recordError } from "../blame/error-record.ts";
import type { Limits } from "../blame/limits.ts";
import { SCRIPT_RULES } from "../compute/script-rules.ts";
import { startGuest } from "../compute/start-guest.ts";
import { type ConfinedGuest, confineGuest, needsTransform } from "./confined-guest.ts";

const KEY_BYTES = 16;

/** The limits that a module is loaded for. */
export type LoadLimits = Pick<Limits, "memoryPages" | "stackBytes">;

/** A module that is to be loaded. */
export interface LoadJob {
  /** In memory that threads share. Nobody changes it. */
  readonly bytes: Uint8Array;
  readonly limits: LoadLimits;
  /** Whether it was made suspendable already. */
  readonly isTransformed: boolean;
}

export type LoadOutcome =
  | ({ readonly kind: "loaded" } & ConfinedGuest)
  /** It cannot be suspended before it is transformed. */
  | { readonly kind: "unsuspendable" }
  | { readonly kind: "refused"; readonly error: ErrorRecord }
  /** Its first instance has failed. */
  | { readonly kind: "unstarted"; readonly error: ErrorRecord; readonly offsets: OffsetTable };

/** Loads a module that nobody trusts: it is checked, confined and compiled, and its first instance is made. */
export async function loadModule({ bytes, limits, isTransformed }: LoadJob): Promise<LoadOutcome> {
  try {
    // A copy that no other thread has.
    const own = Buffer.from(bytes);
    if (!isTransformed && needsTransform(own)) return { kind: "unsuspendable" };
    const guest = await confineGuest(own, limits.memoryPages);
    return tryStart(guest, limits);
  } catch (error) {
    return { kind: "refused", error: recordError(error) };
  }
}

/** Tries the module, because a worker that makes an instance of it for a run cannot say what is wrong with the module. */
function tryStart(guest: ConfinedGuest, limits: LoadLimits): LoadOutcome {
  const module = new GuestModule(guest.module, SCRIPT_RULES);
  try {
    // The key is not that of the script: nothing is kept of this instance.
    startGuest(module, limits, randomBytes(KEY_BYTES));
    return { kind: "loaded", ...guest };
  } catch (error) {
    const cause = (error as Error).cause ?? error;
    return { kind: "unstarted", error: recordError(cause), offsets: guest.offsets };
  }
}

/** The memory of an outcome that only its receiver needs. */
export function memoryOf(outcome: LoadOutcome): ArrayBuffer[] {
  if (!("offsets" in outcome)) return [];
  const { rewritten, original, functions } = outcome.offsets;
  return [rewritten.buffer, original.buffer, functions.buffer];
}
