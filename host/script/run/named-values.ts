import { EXT_FILE, EXT_HEAD } from "../../../assembly/abi.ts";
import type { Handle, Handles } from "../../guest/wire/handles.ts";
import { LONG_FROM, type LongBytes, PagedBytes } from "../pages/paged-bytes.ts";
import type { NamedValue } from "../steps/step.ts";
import type { RunPages } from "./run-pages.ts";

/** What a run may name. */
interface Nameable {
  readonly handles: Handles;
  /** The names of grants, by number. */
  readonly names: ReadonlyMap<number, string>;
  /** Where long values go; undefined if its guest computes on this thread. */
  readonly pages: RunPages | undefined;
}

/** The values with these numbers, in the form that a worker needs. @throws RangeError if there is no memory for it */
export function namedValues({ handles, names, pages }: Nameable, numbers: readonly number[]): NamedValue[] {
  const values: NamedValue[] = [];
  for (const number of numbers) {
    const handle = handles.find(number);
    if (handle === undefined) continue;
    const bytes = readableBytes(handle, pages);
    values.push({ number, type: handle.type, size: handle.size, name: names.get(number) ?? null, bytes });
  }
  return values;
}

/** The bytes of contents, of heads and of Files in memory; null for anything that a guest may not read. */
function readableBytes(handle: Handle, pages: RunPages | undefined): LongBytes | null {
  const { type, value } = handle;
  if (type === EXT_HEAD) return value as Buffer;
  if (type !== EXT_FILE) return null;
  if (value instanceof PagedBytes) return value;
  if (typeof value === "string") handle.value = pages?.putText(value) ?? Buffer.from(value);
  else if (!Buffer.isBuffer(value)) return null;
  else if (pages !== undefined && value.length >= LONG_FROM) handle.value = pages.put(value);
  return handle.value as LongBytes;
}
