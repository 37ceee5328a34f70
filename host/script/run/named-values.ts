import { EXT_FILE } from "../../../assembly/abi.ts";
import type { Handle, Handles } from "../../guest/wire/handles.ts";
import type { NamedValue } from "../steps/step.ts";

/** From this number of bytes on, a content is shared with the workers instead of being copied to them. */
const SHARED_FROM = 16_384;

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

/** The bytes of contents and of Files in memory; null for anything that a guest may not read. */
function readableBytes(handle: Handle, isElsewhere: boolean): Uint8Array | null {
  const { type, value } = handle;
  if (type !== EXT_FILE || !Buffer.isBuffer(value)) return null;
  if (!isElsewhere || value.length < SHARED_FROM || value.buffer instanceof SharedArrayBuffer) return value;
  const shared = Buffer.from(new SharedArrayBuffer(value.length));
  value.copy(shared);
  handle.value = shared;
  return shared;
}
