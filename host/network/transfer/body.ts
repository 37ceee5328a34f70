/** Gives a buffer of this size, whose bytes are whatever they are. */
export type TakeBuffer = (size: number) => Buffer;

/** What a request carries. */
export interface Body {
  /** What the `post` argument was: decides about redirects, default headers and payload hashes. */
  readonly kind: "string" | "file" | "multipart";
  /** The Content-Type that is sent unless the caller's headers say otherwise; null is none. */
  readonly contentType: string | null;
  /** Exact length in bytes; -1 makes the request chunked. */
  readonly length: number;
  /** The whole body, if no part of it is a source. */
  readonly bytes: Uint8Array | null;
  /** Whether `open` was called and a byte of a source was read. */
  readonly started: boolean;
  /** Whether `open` gives the same bytes again although `started`. */
  readonly replayable: boolean;
  /**
   * The bytes from the start on, a chunk at a time, as fast as they are taken. Rejects with a TransferFailure.
   *
   * @param take Where chunks come from that are made for this. @default fresh ones
   */
  open(take?: TakeBuffer): AsyncIterable<Uint8Array>;
  /** Lets go of what the sources hold open. Nothing is read afterwards. */
  close(): void;
}

/** Lets go of what was to be sent, if there was anything. What becomes of it is no matter of the transfer any more. */
export function closeBody(body: Body | null): void {
  try {
    body?.close();
  } catch {}
}
