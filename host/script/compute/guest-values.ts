import { EXT_FILE, EXT_HEAD } from "../../../assembly/abi.ts";
import type { LongBytes } from "../pages/paged-bytes.ts";
import type { NamedValue } from "../steps/step.ts";

/** What a run may name by numbers, in the thread that computes its guest: its grants, and the contents and heads of replies. */
export class GuestValues {
  /** The numbers that the script has released in this step. */
  released: number[] = [];
  readonly #values = new Map<number, NamedValue>();
  /** The numbers of its grants. */
  readonly #granted = new Map<string, number>();

  constructor(values: readonly NamedValue[]) {
    this.add(values);
  }

  add(values: readonly NamedValue[]): void {
    for (const value of values) {
      this.#values.set(value.number, value);
      if (value.name !== null) this.#granted.set(keyOf(value.type, value.name), value.number);
    }
  }

  /** The number of what was granted under `name`; -1 if there is nothing. `type` is an EXT_ number. */
  find(type: number, name: string): number {
    return this.#granted.get(keyOf(type, name)) ?? -1;
  }

  sizeOf(number: number): number {
    return Math.max(-1, this.#values.get(number)?.size ?? -1);
  }

  /** The bytes of a content or of a File in memory; undefined if `number` names neither. */
  bytesOf(number: number): LongBytes | undefined {
    const value = this.#values.get(number);
    return value?.type === EXT_FILE ? (value.bytes ?? undefined) : undefined;
  }

  /** The URL and the headers of the reply with this content, each on a line; undefined if they are not known. */
  headOf(number: number): Buffer | undefined {
    const { type, bytes } = this.#values.get(number + 1) ?? {};
    return type === EXT_HEAD && bytes instanceof Uint8Array ? asBuffer(bytes) : undefined;
  }

  /** Releases a content, and if that was released before, the head. A grant stays: the script can ask for it again. */
  release(number: number): void {
    const isHead = !this.#values.has(number) && this.headOf(number) !== undefined;
    const released = isHead ? number + 1 : number;
    if (this.#values.get(released)?.name !== null || !this.#values.delete(released)) return;
    this.released.push(released);
  }
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function keyOf(type: number, name: string): string {
  return `${type} ${name}`;
}
