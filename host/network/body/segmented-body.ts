import type { FileLike } from "../../api/file.ts";
import type { Body, TakeBuffer } from "../transfer/body.ts";
import { BytesInParts } from "../transfer/bytes-in-parts.ts";
import { TransferFailure } from "../transfer/failures.ts";

import { copyParts, type Data, takeSource } from "./file-source.ts";
import { CHUNK_BYTES, cut, type Source } from "./source.ts";
import { encodeText } from "./text-chunks.ts";
import { countProduced, turnToProduce } from "./upload-quota.ts";

/** One pass of an encoder over a source. Any split into chunks gives the same bytes. */
export interface ChunkEncoder {
  /**
   * Returns the bytes that are certain now, in a buffer of `take`. `failed` is true if the byte after them cannot be
   * encoded. The encoder keeps no reference to the chunk.
   */
  push(chunk: Uint8Array, take: TakeBuffer): { bytes: Uint8Array; failed: boolean };
  /** Returns the bytes that were held back. Called once, after the last chunk. */
  end(): Uint8Array;
}

/** Bytes, or a source that is read while the body is sent. */
export type Segment = Uint8Array | SourceSegment;

export interface SourceSegment {
  /** A text is sent as UTF-8. */
  source: FileLike | Data;
  /** The exact number of bytes that the source must give; -1 if any number is right. */
  size: number;
  /** Whether a FileHandle is read from the start of its file, not from its current position. */
  isWhole: boolean;
  /** Called each time that the source is read. null means that the bytes are sent as they are. */
  makeEncoder: (() => ChunkEncoder) | null;
}

/**
 * Makes a body of segments, in order. The streams among them belong to the body, so `close` must be called, even if
 * the body was never opened.
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

const NO_SOURCES: readonly Source[] = [];

class SegmentedBody implements Body {
  readonly kind: Body["kind"];
  readonly contentType: string | null;
  readonly length: number;
  readonly bytes: Uint8Array | null;
  readonly replayable: boolean;
  readonly rereadable: boolean;
  started = false;
  readonly #segments: readonly (Data | TakenSegment)[];
  readonly #sources: readonly Source[];
  #isClosed = false;

  constructor({ kind, contentType, length, segments }: Parameters<typeof createBody>[0]) {
    this.kind = kind;
    this.contentType = contentType;
    this.length = length;
    this.bytes = wholeBytes(segments);
    this.#segments = takeSegments(segments, kind);
    this.#sources = sourcesOf(this.#segments);
    this.rereadable = this.#sources.every((source) => source.isReplayable);
    // The original cannot rewind a File that is posted alone, even if the File itself could be read again.
    this.replayable = kind !== "file" && this.rereadable;
  }

  async *open(take: TakeBuffer = Buffer.allocUnsafe): AsyncGenerator<Uint8Array> {
    for (const segment of this.#segments) {
      if (isTaken(segment)) yield* this.#pass(segment, take);
      else if (typeof segment === "string") yield* encodeText(segment);
      else if (segment instanceof BytesInParts) yield* copyParts(segment, take);
      else yield* cut(segment);
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

  /** The chunks that are not empty. Their bytes are counted. */
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

  /** Throws if the body was closed, because a closed source may look as if it had ended normally. */
  #checkOpen(): void {
    if (this.#isClosed) throw new TransferFailure("ABORTED_BY_CALLBACK");
  }
}

/** Takes each value only once. So a stream in two segments is read for the first, and fails for the second. */
function takeSegments(segments: readonly Segment[], kind: Body["kind"]): (Data | TakenSegment)[] {
  const sources = new Map<unknown, Source>();
  return segments.map((segment) => {
    if (segment instanceof Uint8Array) return segment;
    const { source, size, isWhole, makeEncoder } = segment;
    // A File that is posted alone is sent once, even if it is bytes.
    if (isData(source) && makeEncoder === null && kind !== "file") return source;
    // Only a regular file has both a size and positions.
    const taken = sources.get(source) ?? takeSource(source, isWhole && size >= 0);
    sources.set(source, taken);
    return { ...segment, taken };
  });
}

/** Each source once. Most bodies have none, and share the list. */
function sourcesOf(segments: readonly (Data | TakenSegment)[]): readonly Source[] {
  if (!segments.some(isTaken)) return NO_SOURCES;
  return [...new Set(segments.filter(isTaken).map(({ taken }) => taken))];
}

/** Uses one buffer for all reads. This is safe, because a chunk is encoded before the next one is read. */
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

/** The body as one piece of bytes, if it has only one, or if it is short. Otherwise null. */
function wholeBytes(segments: readonly Segment[]): Uint8Array | null {
  const pieces: Uint8Array[] = [];
  let length = 0;
  for (const segment of segments) {
    const piece = plainBytes(segment);
    if (piece === null) return null;
    length += piece.length;
    pieces.push(piece);
    if (length > CHUNK_BYTES && pieces.length > 1) return null;
  }
  const [first] = pieces;
  return first !== undefined && pieces.length === 1 ? first : Buffer.concat(pieces, length);
}

function plainBytes(segment: Segment): Uint8Array | null {
  if (segment instanceof Uint8Array) return segment;
  const { source, size, makeEncoder } = segment;
  if (!isData(source) || makeEncoder !== null) return null;
  if (source instanceof BytesInParts) return null;
  if (typeof source !== "string") return source;
  // A longer text is encoded while it is sent.
  return size <= CHUNK_BYTES ? Buffer.from(source) : null;
}

function isData(source: Data | SourceSegment["source"] | TakenSegment): source is Data {
  return typeof source === "string" || source instanceof Uint8Array || source instanceof BytesInParts;
}

function isTaken(segment: Data | TakenSegment): segment is TakenSegment {
  return !isData(segment);
}

/** Waits for the event loop if necessary. A source of endless empty chunks must not block it. */
async function passOver(): Promise<void> {
  countProduced(0);
  const turn = turnToProduce();
  if (turn !== null) await turn;
}
