import type { FileLike } from "../../api/file.ts";
import type { Body, TakeBuffer } from "../transfer/body.ts";
import { TransferFailure } from "../transfer/failures.ts";

import { takeSource } from "./file-source.ts";
import { CHUNK_BYTES, cut, type Source } from "./source.ts";
import { countProduced, turnToProduce } from "./upload-quota.ts";

/** One pass of an encoder over a source. Any split into chunks gives the same bytes. */
export interface ChunkEncoder {
  /**
   * The bytes that are certain now, in a buffer of `take`; `failed` if the byte behind them cannot be encoded. Of the
   * chunk nothing is kept.
   */
  push(chunk: Uint8Array, take: TakeBuffer): { bytes: Uint8Array; failed: boolean };
  /** What was held back. Called once, after the last chunk. */
  end(): Uint8Array;
}

/** Bytes, or what is read while the body is sent. */
export type Segment = Uint8Array | SourceSegment;

export interface SourceSegment {
  source: FileLike | Uint8Array;
  /** Bytes that it has to give, no more and no less; -1 is any number. */
  size: number;
  /** A FileHandle is wanted from the start of its file on, not from where it is. */
  isWhole: boolean;
  /** null sends it as it is. Called for each pass over the source. */
  makeEncoder: (() => ChunkEncoder) | null;
}

/**
 * Makes a body of its segments, in order. It takes the streams among them: `close` has to be called, whether it was
 * opened or not.
 */
export function createBody(options: {
  kind: Body["kind"];
  contentType: string | null;
  /** Exact length in bytes; -1 if it is not known. */
  length: number;
  segments: readonly Segment[];
}): Body {
  return new SegmentedBody(options);
}

interface TakenSegment extends SourceSegment {
  taken: Source;
}

class SegmentedBody implements Body {
  readonly kind: Body["kind"];
  readonly contentType: string | null;
  readonly length: number;
  readonly bytes: Uint8Array | null;
  readonly replayable: boolean;
  started = false;
  readonly #segments: readonly (Uint8Array | TakenSegment)[];
  readonly #sources: ReadonlySet<Source>;
  #isClosed = false;

  constructor({ kind, contentType, length, segments }: Parameters<typeof createBody>[0]) {
    this.kind = kind;
    this.contentType = contentType;
    this.length = length;
    this.bytes = wholeBytes(segments);
    this.#segments = takeSegments(segments);
    this.#sources = new Set(this.#segments.filter(isTaken).map(({ taken }) => taken));
    // The original has no way to rewind a File that is posted, whatever it is.
    this.replayable = kind !== "file" && [...this.#sources].every((source) => source.isReplayable);
  }

  async *open(take: TakeBuffer = Buffer.allocUnsafe): AsyncGenerator<Uint8Array> {
    for (const segment of this.#segments) {
      if (isTaken(segment)) yield* this.#pass(segment, take);
      else yield segment;
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const source of this.#sources) source.close();
  }

  async *#pass(segment: TakenSegment, take: TakeBuffer): AsyncGenerator<Uint8Array> {
    const encoder = segment.makeEncoder?.();
    try {
      for await (const chunk of this.#read(segment, encoder === undefined ? take : reuse())) {
        if (encoder === undefined) yield chunk;
        else yield* encode(encoder, chunk, take);
      }
      const rest = encoder?.end();
      if (rest !== undefined && rest.length > 0) yield rest;
    } catch (error) {
      throw error instanceof TransferFailure ? error : new TransferFailure("READ_ERROR", error);
    }
  }

  /** The chunks that have something in them, counted. */
  async *#read({ taken, size }: TakenSegment, take: TakeBuffer): AsyncGenerator<Uint8Array> {
    this.started = true;
    let count = 0;
    for await (const chunk of taken.read(take)) {
      this.#checkOpen();
      count += chunk.length;
      if (size >= 0 && count > size) throw new Error(`the File gives more than its ${size} bytes`);
      if (chunk.length > 0) yield chunk;
      else await passOver();
    }
    this.#checkOpen();
    if (count < size) throw new Error(`the File gives ${count} of its ${size} bytes`);
  }

  /** A source that was closed may look as if it had come to its end. */
  #checkOpen(): void {
    if (this.#isClosed) throw new TransferFailure("ABORTED_BY_CALLBACK");
  }
}

/** Takes each value once, so that a stream in two segments is read once and then refused. */
function takeSegments(segments: readonly Segment[]): (Uint8Array | TakenSegment)[] {
  const sources = new Map<object, Source>();
  return segments.map((segment) => {
    if (segment instanceof Uint8Array) return segment;
    const { source, size, isWhole } = segment;
    // Only a regular file has both a size and positions.
    const taken = sources.get(source) ?? takeSource(source, isWhole && size >= 0);
    sources.set(source, taken);
    return { ...segment, taken };
  });
}

/** One buffer for everything that is read: it is encoded before more is. */
function reuse(): TakeBuffer {
  let buffer: Buffer | undefined;
  return (size) => {
    buffer ??= Buffer.allocUnsafeSlow(size);
    return buffer;
  };
}

function* encode(encoder: ChunkEncoder, chunk: Uint8Array, take: TakeBuffer): Generator<Uint8Array> {
  for (const piece of cut(chunk)) {
    const { bytes, failed } = encoder.push(piece, take);
    if (bytes.length > 0) yield bytes;
    if (failed) throw new TransferFailure("READ_ERROR", new Error("7bit cannot encode an 8-bit byte"));
  }
}

/** The body as one piece, if that is what it is or if it is short. */
function wholeBytes(segments: readonly Segment[]): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const segment of segments) {
    const piece = plainBytes(segment);
    if (piece === null) return null;
    length += piece.length;
    pieces.push(piece);
  }
  const [first] = pieces;
  if (first !== undefined && pieces.length === 1) return first;
  return length <= CHUNK_BYTES ? Buffer.concat(pieces, length) : null;
}

function plainBytes(segment: Segment): Uint8Array | null {
  if (segment instanceof Uint8Array) return segment;
  return segment.source instanceof Uint8Array && segment.makeEncoder === null ? segment.source : null;
}

function isTaken(segment: Uint8Array | TakenSegment): segment is TakenSegment {
  return !(segment instanceof Uint8Array);
}

/** A source that gives empty chunks without end leaves the event loop its turns, too. */
async function passOver(): Promise<void> {
  countProduced(0);
  const turn = turnToProduce();
  if (turn !== null) await turn;
}
