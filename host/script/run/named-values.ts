import { EXT_FILE } from "../../../assembly/abi.ts";
import type { Handle, Handles } from "../../guest/wire/handles.ts";
import type { NamedValue } from "../steps/step.ts";

/** Content from here on is shared with those who compute elsewhere, instead of being copied to them. Bytes. */
const SHARED_FROM = 16_384;

/**
 * The values that a run may name, as those who compute need them.
 *
 * @param names of what was granted, by number
 * @param isElsewhere Whether they are other threads
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

/** Content and Files that are in memory; null for what a guest may not read. */
function readableBytes(handle: Handle, isElsewhere: boolean): Uint8Array | null {
  const { type, value } = handle;
  if (type !== EXT_FILE || !Buffer.isBuffer(value)) return null;
  if (!isElsewhere || value.length < SHARED_FROM || value.buffer instanceof SharedArrayBuffer) return value;
  const shared = Buffer.from(new SharedArrayBuffer(value.length));
  value.copy(shared);
  handle.value = shared;
  return shared;
}
