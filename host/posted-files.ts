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

/** Finds the Files in a post. It calls no getter: what a getter would return was not handed over. */
class FileSearch {
  readonly #found: Set<FileLike>;
  readonly #seen = new Set<object>();

  constructor(found: Set<FileLike>) {
    this.#found = found;
  }

  look(value: unknown, depth = 0): void {
    if (typeof value !== "object" || value === null || depth >= MAX_DEPTH) return;
    if (this.#seen.size >= MAX_VALUES || this.#seen.has(value)) return;
    this.#seen.add(value);
    try {
      if (isFile(value)) this.#found.add(value);
      else for (const inner of valuesIn(value)) this.look(inner, depth + 1);
    } catch {
      // For example a JavaScript Proxy that throws. Files behind it stay open.
    }
  }
}

function valuesIn(value: object): unknown[] {
  if (ArrayBuffer.isView(value)) return [];
  if (value instanceof Map) return [...Map.prototype.values.call(value)];
  const prototype = Object.getPrototypeOf(value);
  const isPlain = prototype === null || Object.getPrototypeOf(prototype) === null;
  if (!isPlain && !Array.isArray(value)) return [];
  return Object.keys(value).map((key) => Object.getOwnPropertyDescriptor(value, key)?.value);
}
