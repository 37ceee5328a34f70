import { createHash } from "node:crypto";
import type { Body, TakeBuffer } from "../transfer/body.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { BodyStream } from "./request-body.ts";
import { createBody } from "./segmented-body.ts";

/** Maximum size of a body that can be read only once. Its bytes are kept until it is sent. */
export const MOST_KEPT = 16 * 1024 * 1024;

/** A body, and the hash of its bytes. */
export interface HashedBody {
  /** SHA-256, in hexadecimal. */
  readonly hash: string;
  /** The body to send. Nothing of it has been sent yet. */
  readonly body: Body;
}

/** Reads a body before it is sent, because a signature needs the hash of its bytes. */
export class PayloadHash {
  readonly #body: Body;
  readonly #stream: BodyStream;

  constructor(body: Body) {
    this.#body = body;
    this.#stream = new BodyStream(body, -1);
    // Its chunks are not written to a socket, so a buffer is free when the next chunk is asked for.
    this.#stream.isWritten = () => true;
  }

  /**
   * Reads the whole body. Called once.
   *
   * @throws TransferFailure READ_ERROR; SEND_FAIL_REWIND for more than MOST_KEPT bytes that cannot be read again
   */
  async read(): Promise<HashedBody> {
    const { rereadable } = this.#body;
    const hash = createHash("sha256");
    const kept: Uint8Array[] = [];
    for await (const chunk of this.#stream) {
      hash.update(chunk);
      if (rereadable) continue;
      if (this.#stream.sent > MOST_KEPT) throw new TransferFailure("SEND_FAIL_REWIND");
      kept.push(Uint8Array.from(chunk));
    }
    const body = rereadable ? new UnsentBody(this.#body) : keptBody(this.#body, Buffer.concat(kept));
    return { hash: hash.digest("hex"), body };
  }

  /** Stops reading. A pending `read` rejects. */
  cancel(): void {
    this.#stream.cancel();
  }
}

/** The same body in memory. Its framing does not change: it is sent in chunks if its length was not known. */
function keptBody({ kind, contentType, length }: Body, bytes: Uint8Array): Body {
  const segment = { source: bytes, size: bytes.byteLength, isWhole: true, makeEncoder: null };
  return createBody({ kind, contentType, length, segments: [segment] });
}

/** A body that was read, and of which nothing was sent. */
class UnsentBody implements Body {
  readonly kind: Body["kind"];
  readonly contentType: string | null;
  readonly length: number;
  readonly bytes: Uint8Array | null;
  readonly replayable: boolean;
  readonly rereadable: boolean;
  started = false;
  readonly #body: Body;

  constructor(body: Body) {
    this.kind = body.kind;
    this.contentType = body.contentType;
    this.length = body.length;
    this.bytes = body.bytes;
    this.replayable = body.replayable;
    this.rereadable = body.rereadable === true;
    this.#body = body;
  }

  open(take?: TakeBuffer): AsyncIterable<Uint8Array> {
    this.started = true;
    return this.#body.open(take);
  }

  close(): void {
    this.#body.close();
  }
}
