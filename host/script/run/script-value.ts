import { MalformedResult, ResultReader } from "../../guest/javascript/result-reader.ts";
import { ScriptError } from "../blame/errors.ts";
import type { EntryResult } from "../steps/step.ts";

/** What an entry can return. Scripts in WebAssembly return numbers. */
export type ScriptValue =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | ScriptValue[]
  | { [name: string]: ScriptValue };

/**
 * The value that an entry has returned.
 *
 * @throws ScriptError SCRIPT_ABORTED if a script in JavaScript has broken it
 * @internal
 */
export function readValue(result: EntryResult): ScriptValue {
  if (!(result instanceof Uint8Array)) return result;
  try {
    return new ResultReader(result).readAll() as ScriptValue;
  } catch (error) {
    if (!(error instanceof MalformedResult)) throw error;
    const message = `the result cannot be returned: what writes it was changed by the script, and ${error.message}`;
    throw new ScriptError("SCRIPT_ABORTED", message);
  }
}
