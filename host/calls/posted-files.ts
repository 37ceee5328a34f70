import { MAX_DEPTH } from "../../assembly/abi.ts";
import { type FileLike, isFile } from "../api/file.ts";
import { isPlain } from "../api/plain.ts";
import type { Handles } from "../guest/wire/handles.ts";
import { letGoOf } from "../network/body/file-source.ts";

/**
 * Releases every File of a call that could not be made. What is posted belongs to the call, so nobody else releases it.
 *
 * @param handles the values that had been read from the post before the call was refused
 */
export function letGoOfPost(post: unknown, handles: Handles): void {
  const files = new Set<FileLike>(handles.posted ?? []);
  new FileSearch(files, handles).look(post);
  for (const file of files) letGoOf(file);
}

/** Releases the Files that were posted, except those that belong to a body now. */
export function letGoOfPosted(post: unknown, handles: Handles, taken: readonly unknown[]): void {
  if (handles.isCut) letGoOfPost(post, handles);
  if (handles.isCut || handles.posted === null) return;
  const kept = new Set(taken);
  for (const file of handles.posted) if (!kept.has(file)) letGoOf(file);
}

/** How many values of a post are looked at: more than there are in three times as many parts as a call may have. */
const MOST_VALUES = 65_536;

/**
 * Finds the Files in a post. It calls no getter: what a getter would return was not handed over. Of a post with very many
 * values it looks at the first ones only, because nobody else can do anything in the meantime.
 */
class FileSearch {
  readonly #found: Set<FileLike>;
  readonly #seen = new Set<object>();
  readonly #handles: Handles;
  #left = MOST_VALUES;

  constructor(found: Set<FileLike>, handles: Handles) {
    this.#found = found;
    this.#handles = handles;
  }

  look(value: unknown, depth = 0): void {
    if (typeof value !== "object" || value === null || depth >= MAX_DEPTH || this.#seen.has(value)) return;
    this.#seen.add(value);
    try {
      this.#lookInto(value, depth + 1);
    } catch {
      // For example a JavaScript Proxy that throws. Files behind it stay open.
    }
  }

  /** Looks at the members one by one, because there may be far more than are wanted. */
  #lookInto(value: object, depth: number): void {
    if (ArrayBuffer.isView(value)) return;
    if (value instanceof Map) {
      for (const inner of Map.prototype.values.call(value)) if (!this.#lookAtNext(inner, depth)) return;
    } else if (Array.isArray(value)) {
      for (let i = 0; i < value.length; i++) if (!this.#lookAtNext(ownValue(value, i), depth)) return;
    } else if (isPlain(value)) {
      for (const key of this.#keysOf(value)) if (!this.#lookAtNext(ownValue(value, key), depth)) return;
    } else if (isFile(value)) {
      this.#found.add(value);
    }
  }

  #lookAtNext(inner: unknown, depth: number): boolean {
    if (--this.#left < 0) return false;
    this.look(inner, depth);
    return true;
  }

  #keysOf(value: object): readonly string[] {
    const { tooLarge } = this.#handles;
    return tooLarge?.record === value ? tooLarge.keys : Object.keys(value);
  }
}

function ownValue(value: object, key: string | number): unknown {
  return Object.getOwnPropertyDescriptor(value, key)?.value;
}
