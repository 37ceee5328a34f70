import { Output } from "../compute/output.ts";
import { HeldBytes, type PageStore } from "../pages/page-store.ts";
import { LONG_FROM, type LongBytes } from "../pages/paged-bytes.ts";
import { slackOf } from "./run-pages.ts";

/**
 * The output of a run. A run may put out single bytes, or much at once. What is long lies in pages, because others can
 * have these as soon as the run is over:
 *
 *     ├ pages ┼ pages ┼ … ┼ fewer than LONG_FROM bytes ┤
 */
export class RunOutput {
  readonly #store: PageStore;
  #long: HeldBytes[] = [];
  #rest = new Output();
  /** Bytes that are in pages. */
  #longSize = 0;
  /** How many bytes the caller has got already. */
  #told = 0;
  /** Bytes of its pages that are not needed. */
  slack = 0;

  constructor(store: PageStore) {
    this.#store = store;
  }

  get size(): number {
    return this.#longSize + this.#rest.size;
  }

  /** @throws RangeError if there is no memory for it */
  append(output: LongBytes): void {
    if (output instanceof HeldBytes || output.length >= LONG_FROM) {
      this.#flush();
      this.#add(output instanceof HeldBytes ? output.hold() : this.#store.put(output as Uint8Array));
    } else {
      this.#rest.append(output as Uint8Array);
      if (this.#rest.size >= LONG_FROM) this.#flush();
    }
  }

  /** All of it, in memory of its own. */
  get bytes(): Buffer {
    return this.#longSize === 0 ? this.#rest.bytes : this.#copyFrom(0);
  }

  /** At most so many of its first bytes as text, without a part of a character; nothing, if there is no memory for it. */
  textIfThereIsRoom(most = Number.POSITIVE_INFINITY): string {
    try {
      return this.#textOf(most);
    } catch {
      return "";
    }
  }

  /** A copy of what was appended since the last call of this; undefined if nothing was. */
  takeNew(): Buffer | undefined {
    if (this.#told === this.size) return undefined;
    const bytes = this.#copyFrom(this.#told);
    this.#told = this.size;
    return bytes;
  }

  /** The pages are for others. There is no output any more. */
  free(): void {
    for (const held of this.#long) held.release();
    this.#long = [];
    this.#longSize = 0;
    this.#rest = new Output();
  }

  #flush(): void {
    if (this.#rest.size === 0) return;
    this.#add(this.#store.put(this.#rest.view));
    this.#rest = new Output();
  }

  #add(held: HeldBytes): void {
    this.#long.push(held);
    this.#longSize += held.length;
    this.slack += slackOf(held);
  }

  *#partsFrom(start: number): Generator<Uint8Array> {
    const { pages } = this.#store;
    let before = 0;
    for (const part of [...this.#long, this.#rest.view]) {
      if (before + part.length > start) yield* pages.parts(part, Math.max(0, start - before));
      before += part.length;
    }
  }

  #textOf(most: number): string {
    const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
    let text = "";
    let left = most;
    for (const part of this.#partsFrom(0)) {
      text += decoder.decode(part.subarray(0, left), { stream: true });
      left -= part.length;
      if (left < 0) return text;
    }
    return text + decoder.decode();
  }

  #copyFrom(start: number): Buffer {
    const copy = Buffer.allocUnsafeSlow(this.size - start);
    let at = 0;
    for (const part of this.#partsFrom(start)) {
      copy.set(part, at);
      at += part.length;
    }
    return copy;
  }
}
