import { EXT_FILE } from "../../../assembly/abi.ts";
import type { FileLike } from "../../api/file.ts";

/** A value of the host that a guest knows by its number alone. */
export interface Handle {
  /** The EXT_ type under which it was given: the guest cannot pass it off as another. */
  readonly type: number;
  readonly value: unknown;
  /** Bytes; -1 if that is not known, or means nothing. */
  readonly size: number;
}

/** The values that one call may name. A number outside it names nothing. */
export class Handles {
  /** Every File that was posted, whether or not the guest has a use for it; null if there is none. */
  posted: FileLike[] | null = null;
  readonly #handles: (Handle | undefined)[] = [];

  add(type: number, value: unknown, size = -1): number {
    return this.#handles.push({ type, value, size }) - 1;
  }

  /** A File that was posted. It belongs to the call from here on. */
  addPosted(file: FileLike, size: number): number {
    this.posted ??= [];
    this.posted.push(file);
    return this.add(EXT_FILE, file, size);
  }

  /** As `get`, without a word if there is none. Any type, if none is asked for. */
  find(number: number, ...types: number[]): Handle | undefined {
    const handle = this.#handles[number];
    return handle !== undefined && (types.length === 0 || types.includes(handle.type)) ? handle : undefined;
  }

  /** The number names nothing any more. */
  remove(number: number): void {
    if (this.#handles[number] !== undefined) this.#handles[number] = undefined;
  }

  /** @throws RangeError if there is no such handle, or not of one of these types. */
  get(number: unknown, ...types: number[]): Handle {
    const handle = typeof number === "number" ? this.find(number, ...types) : undefined;
    if (handle === undefined) {
      throw new RangeError(`the guest named a handle ${number} that it was not given`);
    }
    return handle;
  }
}
