import { EXT_FILE } from "../../../assembly/abi.ts";
import type { FileLike } from "../../api/file.ts";

/** A value of the host. The guest knows only its number. */
export interface Handle {
  /** The EXT_ type with which it was given to the guest. The guest cannot use it as another type. */
  readonly type: number;
  value: unknown;
  /** Size in bytes; -1 if it is not known, or if the value has no size. */
  readonly size: number;
}

/** The values that one call may name. Any other number names nothing. */
export class Handles {
  /** All Files in the post, also those that the guest does not use; null if there is none. */
  posted: FileLike[] | null = null;
  /** Whether there were more parts in the post than were read. The call is refused, and `posted` is not complete. */
  isCut = false;
  /** An object that was refused because of its size, and its keys. To list a million keys takes half a second. */
  tooLarge: { readonly record: object; readonly keys: readonly string[] } | null = null;
  /** null if nothing was added: most calls that wait have none. */
  #handles: (Handle | undefined)[] | null = null;

  add(type: number, value: unknown, size = -1): number {
    this.#handles ??= [];
    return this.#handles.push({ type, value, size }) - 1;
  }

  /** Adds a File of the post. From now on it belongs to the call. */
  addPosted(file: FileLike, size: number): number {
    this.posted ??= [];
    this.posted.push(file);
    return this.add(EXT_FILE, file, size);
  }

  /** Like `get`, but returns undefined if there is none. Without `types`, any type is right. */
  find(number: number, ...types: number[]): Handle | undefined {
    const handle = this.#handles?.[number];
    return handle !== undefined && (types.length === 0 || types.includes(handle.type)) ? handle : undefined;
  }

  /** Of all that can be named. */
  numbers(): number[] {
    const handles = this.#handles ?? [];
    return [...handles.keys()].filter((number) => handles[number] !== undefined);
  }

  /** Removes a handle. Its number names nothing any more. */
  remove(number: number): void {
    if (this.#handles?.[number] !== undefined) this.#handles[number] = undefined;
  }

  /** Removes all. */
  clear(): void {
    this.posted = null;
    this.#handles = null;
  }

  /** @throws RangeError if there is no such handle, or if it has another type. */
  get(number: unknown, ...types: number[]): Handle {
    const handle = typeof number === "number" ? this.find(number, ...types) : undefined;
    if (handle === undefined) {
      throw new RangeError(`the guest named a handle ${number} that it was not given`);
    }
    return handle;
  }
}
