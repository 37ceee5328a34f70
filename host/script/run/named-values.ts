import { EXT_FILE, EXT_HEAD } from "../../../assembly/abi.ts";
import { toShareable } from "../../guest/parked/shareable.ts";
import type { Handle, Handles } from "../../guest/wire/handles.ts";
import type { NamedValue } from "../steps/step.ts";

/**
 * The values that a run may name, in the form that a worker needs.
 *
 * @param names The names of grants, by number
 * @param isElsewhere Whether its guest computes in another thread
 */
export function namedValues(
  handles: Handles,
  numbers: readonly number[],
  names: ReadonlyMap<number, string>,
  isElsewhere: boolean,
): NamedValue[] {
  const values: NamedValue[] = [];
  for (const number of numbers) {
    const handle = handles.find(number);
    if (handle === undefined) continue;
    const bytes = readableBytes(handle, isElsewhere);
    values.push({ number, type: handle.type, size: handle.size, name: names.get(number) ?? null, bytes });
  }
  return values;
}

/** The bytes of contents, of heads and of Files in memory; null for anything that a guest may not read. */
function readableBytes(handle: Handle, isElsewhere: boolean): Uint8Array | null {
  const { type, value } = handle;
  if ((type !== EXT_FILE && type !== EXT_HEAD) || !Buffer.isBuffer(value)) return null;
  if (!isElsewhere) return value;
  const shareable = toShareable(value);
  handle.value = shareable;
  return shareable;
}
