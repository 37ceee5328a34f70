import { MAX_DEPTH, MAX_VALUES } from "../assembly/abi.ts";
import { type FileLike, isFile } from "./api/file.ts";
import type { Handles } from "./guest/wire/handles.ts";
import { letGoOf } from "./network/body/file-source.ts";

/**
 * Releases every File of a call that could not be made. What is posted belongs to the call, so nobody else releases it.
 *
 * @param handles the values that had been read from the post before the call was refused
 */
export function letGoOfPost(post: unknown, handles: Handles): void {
  const files = new Set<FileLike>(handles.posted ?? []);
  new FileSearch(files).look(post);
  for (const file of files) letGoOf(file);
}

/** Releases the Files that were posted, except those that belong to a body now. */
export function letGoOfPosted(handles: Handles, taken: readonly unknown[]): void {
  if (handles.posted === null) return;
  const kept = new Set(taken);
  for (const file of handles.posted) if (!kept.has(file)) letGoOf(file);
}

/**
 * Finds the Files in a post. It calls no getter: what a getter would return was not handed over. It looks at as many
 * values as a call may have: of a post with more, no call was made, and what stands behind them was not read.
 */
class FileSearch {
  readonly #found: Set<FileLike>;
  readonly #seen = new Set<object>();
  #left = MAX_VALUES;

  constructor(found: Set<FileLike>) {
    this.#found = found;
  }

  look(value: unknown, depth = 0): void {
    if (typeof value !== "object" || value === null || depth >= MAX_DEPTH || this.#seen.has(value)) return;
    this.#seen.add(value);
    try {
      if (isFile(value)) this.#found.add(value);
      else this.#lookInto(value, depth + 1);
    } catch {
      // For example a JavaScript Proxy that throws. Files behind it stay open.
    }
  }

  #lookInto(value: object, depth: number): void {
    for (const inner of valuesIn(value)) {
      if (--this.#left < 0) return;
      this.look(inner, depth);
    }
  }
}

/** One by one, because there may be far more than are wanted. */
function* valuesIn(value: object): Iterable<unknown> {
  if (ArrayBuffer.isView(value)) return;
  if (value instanceof Map) {
    yield* Map.prototype.values.call(value);
    return;
  }
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) yield Object.getOwnPropertyDescriptor(value, i)?.value;
  } else if (isPlain) {
    for (const key of Object.keys(value)) yield Object.getOwnPropertyDescriptor(value, key)?.value;
  }
}
