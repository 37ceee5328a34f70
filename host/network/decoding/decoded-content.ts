import { ContentBuffer } from "../../collections/content-buffer.ts";
import type { ContentFlow, ContentSink } from "../transfer/content-flow.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Coding } from "./codings.ts";
import { Decoder, type Taker } from "./decoder.ts";

/** A coding may make content longer. But content that decodes to nothing would not end otherwise. */
const MOST_OVERHEAD = 64 * 1024;

export interface DecodedOptions {
  /** Maximum number of bytes without codings; 0 means no limit. */
  readonly limit: number;
  /** The coded content. */
  readonly flow: ContentFlow;
  /** Called once at most; then there is no more content. */
  onFailure(failure: TransferFailure): void;
}

/** Content without its codings, while it comes. */
export class DecodedContent implements ContentSink, ContentFlow {
  readonly #options: DecodedOptions;
  readonly #output: Output;
  /** The one for the outermost coding first; null if a coding is not known. */
  readonly #decoders: readonly Decoder[] | null;
  /** Number of bytes that came. */
  #length = 0;
  #isOver = false;

  /** @param codings The outermost first; null if they are not known. */
  constructor(codings: readonly Coding[] | null, options: DecodedOptions) {
    this.#options = options;
    this.#output = new Output(options.limit, () => this.#fail("FILESIZE_EXCEEDED"));
    this.#decoders = codings && this.#chain(codings);
  }

  /** Who takes it; null, the default, if it is kept here. */
  set sink(sink: ContentSink | null) {
    this.#output.sink = sink;
  }

  write(piece: Buffer): boolean {
    if (this.#isOver) return true;
    this.#length += piece.length;
    const { limit } = this.#options;
    if (limit > 0 && this.#length > limit + MOST_OVERHEAD) this.#fail("FILESIZE_EXCEEDED");
    else if (this.#decoders === null) this.#fail("BAD_CONTENT_ENCODING", new Error("an unknown coding"));
    else return this.#first.write(piece);
    return true;
  }

  /** All has come. `onEnd` is called when all of it is decoded and was taken. */
  end(onEnd: () => void): void {
    this.#output.onEnd = onEnd;
    this.#first.end();
  }

  /** Goes on, after the sink wanted to wait. */
  resume(): void {
    const last = this.#decoders?.at(-1);
    if (last === undefined) this.#options.flow.resume();
    else last.resume();
  }

  /** What was kept. @throws RangeError if it does not fit into one Buffer */
  take(): Buffer {
    return this.#output.kept.take();
  }

  /** Nobody wants the rest. */
  destroy(): void {
    this.#isOver = true;
    for (const decoder of this.#decoders ?? []) decoder.destroy();
  }

  get #first(): Taker {
    return this.#decoders?.[0] ?? this.#output;
  }

  /** Made from the last one on, because each needs to know the next. */
  #chain(codings: readonly Coding[]): Decoder[] {
    const decoders: Decoder[] = [];
    let next: Taker = this.#output;
    for (const [index, coding] of [...codings.entries()].reverse()) {
      const decoder = new Decoder(coding, next, {
        onRoom: () => (index === 0 ? this.#options.flow : decoders[index - 1])?.resume(),
        onFailure: (failure) => this.#end(failure),
      });
      decoders.unshift(decoder);
      next = decoder;
    }
    return decoders;
  }

  #fail(code: "FILESIZE_EXCEEDED" | "BAD_CONTENT_ENCODING", reason?: Error): void {
    this.#end(new TransferFailure(code, reason));
  }

  #end(failure: TransferFailure): void {
    if (this.#isOver) return;
    this.destroy();
    this.#options.onFailure(failure);
  }
}

/** The end of the chain: counts content, and gives it on or keeps it. */
class Output implements Taker {
  sink: ContentSink | null = null;
  onEnd: () => void = () => {};
  readonly kept = new ContentBuffer();
  readonly #limit: number;
  readonly #onTooLarge: () => void;
  #length = 0;

  constructor(limit: number, onTooLarge: () => void) {
    this.#limit = limit;
    this.#onTooLarge = onTooLarge;
  }

  write(piece: Buffer): boolean {
    this.#length += piece.length;
    if (this.#limit > 0 && this.#length > this.#limit) this.#onTooLarge();
    else if (this.sink !== null) return this.sink.write(piece);
    else this.kept.add(piece);
    return true;
  }

  end(): void {
    this.onEnd();
  }
}
