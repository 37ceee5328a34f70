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
  readonly #output = new Output();
  /** The one for the outermost coding first. */
  readonly #decoders: Decoder[] = [];
  /** Takes what comes. */
  readonly #first: Taker;
  readonly #isKnown: boolean;
  #isOver = false;

  /** @param codings The outermost first; null if they are not known. */
  constructor(codings: readonly Coding[] | null, options: DecodedOptions) {
    this.#options = options;
    this.#isKnown = codings !== null;
    this.#first = this.#chain(codings ?? []);
  }

  /** Who takes it; null, the default, if it is kept here. */
  set sink(sink: ContentSink | null) {
    this.#output.sink = sink;
  }

  write(piece: Buffer): boolean {
    if (this.#isOver) return true;
    if (this.#isKnown) return this.#first.write(piece);
    this.#fail("BAD_CONTENT_ENCODING", new Error("an unknown coding"));
    return true;
  }

  /** All has come. `onEnd` is called when all of it is decoded and was taken. */
  end(onEnd: () => void): void {
    this.#output.onEnd = onEnd;
    this.#first.end();
  }

  /** Goes on, after the sink wanted to wait. */
  resume(): void {
    const last = this.#decoders.at(-1);
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
    for (const decoder of this.#decoders) decoder.destroy();
  }

  /** Made from the last one on, because each needs to know the next. What goes into each is limited, too. */
  #chain(codings: readonly Coding[]): Taker {
    const most = this.#options.limit > 0 ? this.#options.limit : Number.POSITIVE_INFINITY;
    let next = this.#limited(this.#output, most);
    for (const [index, coding] of [...codings.entries()].reverse()) {
      const decoder = new Decoder(coding, next, {
        onRoom: () => (index === 0 ? this.#options.flow : this.#decoders[index - 1])?.resume(),
        onFailure: (failure) => this.#end(failure),
      });
      this.#decoders.unshift(decoder);
      next = this.#limited(decoder, most + MOST_OVERHEAD);
    }
    return next;
  }

  #limited(taker: Taker, most: number): Taker {
    return new Limited(taker, most, () => this.#fail("FILESIZE_EXCEEDED"));
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

/** Gives content on, up to a length. */
class Limited implements Taker {
  readonly #next: Taker;
  readonly #most: number;
  readonly #onTooLarge: () => void;
  #length = 0;

  constructor(next: Taker, most: number, onTooLarge: () => void) {
    this.#next = next;
    this.#most = most;
    this.#onTooLarge = onTooLarge;
  }

  write(piece: Buffer): boolean {
    this.#length += piece.length;
    if (this.#length <= this.#most) return this.#next.write(piece);
    this.#onTooLarge();
    return true;
  }

  end(): void {
    this.#next.end();
  }
}

/** The end of the chain: gives content on or keeps it. */
class Output implements Taker {
  sink: ContentSink | null = null;
  onEnd: () => void = () => {};
  readonly kept = new ContentBuffer();

  write(piece: Buffer): boolean {
    if (this.sink !== null) return this.sink.write(piece);
    this.kept.add(piece);
    return true;
  }

  end(): void {
    this.onEnd();
  }
}
