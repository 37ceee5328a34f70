/** Gives a buffer of this size. Its bytes are undefined. */
export type TakeBuffer = (size: number) => Buffer;

/** The body of a request. */
export interface Body {
  /** What kind of `post` it was. Redirects, default headers and payload hashes depend on it. */
  readonly kind: "string" | "file" | "multipart";
  /** The Content-Type that is sent if the caller's headers have none; null means that none is sent. */
  readonly contentType: string | null;
  /** Exact length in bytes. With -1 the request is chunked. */
  readonly length: number;
  /** The whole body, if no part of it is a source. */
  readonly bytes: Uint8Array | null;
  /** Whether `open` was called and a byte of a source was read. */
  readonly started: boolean;
  /** Whether `open` can give the same bytes again after `started` is true. */
  readonly replayable: boolean;
  /** Whether its sources can be read again. The body itself may still be sent only once. @default false */
  readonly rereadable?: boolean;
  /**
   * The bytes from the start, one chunk at a time. A chunk is read when the caller asks for it. Rejects with a
   * TransferFailure.
   *
   * @param take Gives the buffers for chunks that are made here. @default each chunk gets a new buffer
   */
  open(take?: TakeBuffer): AsyncIterable<Uint8Array>;
  /** Releases what the sources hold open. Nothing is read afterwards. */
  close(): void;
}

/** Whether a request that was not processed can be sent once more, to the same URL. */
export function canSendAgain({ started, replayable, rereadable = false }: Body): boolean {
  return !started || replayable || rereadable;
}

/** Releases the body, if there is one. The transfer is over, so errors of the sources do not matter any more. */
export function closeBody(body: Body | null): void {
  try {
    body?.close();
  } catch {}
}
