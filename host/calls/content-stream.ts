import { ContentError } from "../api/errors.ts";
import type { CancellableFlow, ContentSink } from "../network/transfer/content-flow.ts";
import type { Outcome } from "../network/transfer/transfer.ts";

/** How many bytes may wait for the reader. Then nothing more is read from the connection. */
const MOST_WAITING = 64 * 1024;

const WAITING = { highWaterMark: MOST_WAITING, size: (piece: Uint8Array): number => piece.length };

/**
 * Content as a web stream. Each piece has its own memory, because a reader may give it away, and other things are in
 * the memory of what came from the connection.
 */
export class ContentStream implements ContentSink {
  readonly readable: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #isOver = false;

  constructor(flow: CancellableFlow) {
    const source = {
      // Otherwise it would come from `Object.prototype`, where a program may have put anything.
      type: undefined,
      start: (controller: ReadableStreamDefaultController<Uint8Array>) => {
        this.#controller = controller;
      },
      pull: () => flow.resume(),
      cancel: () => {
        this.#isOver = true;
        flow.cancel();
      },
    };
    this.readable = new ReadableStream(source, WAITING);
  }

  write(piece: Buffer): boolean {
    if (this.#isOver) return true;
    this.#controller?.enqueue(ownCopy(piece));
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  /** The transfer has ended. What was read before can still be read. */
  end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    if (!("code" in outcome)) this.#controller?.close();
    else this.#controller?.error(new ContentError(outcome.code, outcome.error, outcome.cause));
  }
}

function ownCopy(piece: Buffer): Uint8Array {
  return piece.length === piece.buffer.byteLength ? new Uint8Array(piece.buffer) : new Uint8Array(piece);
}
