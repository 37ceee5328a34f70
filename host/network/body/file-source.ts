import type { Blob } from "node:buffer";
import type { FileHandle } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { ReadableStream, ReadableStreamDefaultReader } from "node:stream/web";
import { type FileLike, fileKind } from "../../api/file.ts";
import type { TakeBuffer } from "../transfer/body.ts";
import { BytesInParts } from "../transfer/bytes-in-parts.ts";

import { brokenSource, CHUNK_BYTES, cut, inScope, readOnce, replayable, type Source } from "./source.ts";
import { iterableSource, streamSource, webSource } from "./stream-source.ts";
import { encodeText } from "./text-chunks.ts";

/** How large the next slice of a Blob is, and whether its chunks are joined. */
const IN_MEMORY = { size: 8 * CHUNK_BYTES, isJoined: false };
const IN_FILE = { size: 16 * CHUNK_BYTES, isJoined: false };
const IN_PARTS = { size: 16 * CHUNK_BYTES, isJoined: true };

/**
 * Makes a source of a File, of bytes or of a text. A stream belongs to the source then: it handles the errors of the stream and
 * destroys it. A FileHandle stays open and belongs to the caller. This never throws. If the value throws, reading fails
 * later.
 *
 * @param hasPositions A FileHandle is read from the start of its file, not from its current position.
 */
export function takeSource(value: FileLike | Data, hasPositions: boolean): Source {
  if (typeof value === "string") return replayable(() => readText(value));
  if (value instanceof BytesInParts) return replayable((take) => copyParts(value, take));
  if (value instanceof Uint8Array) return replayable(() => readBytes(value));
  try {
    return inScope(sourceOf(value, hasPositions));
  } catch (error) {
    return brokenSource(error);
  }
}

/** What is in memory already. */
export type Data = Uint8Array | BytesInParts | string;

/** Releases a File that no body has taken, for example after a call that was refused. */
export function letGoOf(value: FileLike): void {
  takeSource(value, false).close();
}

function sourceOf(value: FileLike, hasPositions: boolean): Source {
  switch (fileKind(value)) {
    case "blob":
      return replayable(() => readBlob(value as Blob));
    case "handle":
      return handleSource(value as FileHandle, hasPositions);
    case "stream":
      return streamSource(value as Readable);
    case "web":
      return webSource(value as ReadableStream);
    case "iterable":
      return iterableSource(value as AsyncIterable<unknown>);
    default:
      throw new TypeError("the File is none any more");
  }
}

function handleSource(handle: FileHandle, hasPositions: boolean): Source {
  return hasPositions
    ? replayable((take) => readHandle(handle, 0, take))
    : readOnce(
        (take) => readHandle(handle, null, take),
        () => {},
      );
}

async function* readBytes(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* cut(bytes);
}

async function* readText(text: string): AsyncGenerator<Uint8Array> {
  yield* encodeText(text);
}

/** Copies of the parts, because whoever has them may use their memory again while the socket writes. */
export async function* copyParts({ parts }: BytesInParts, take: TakeBuffer): AsyncGenerator<Uint8Array> {
  let chunk = take(CHUNK_BYTES);
  let used = 0;
  for (const part of parts()) {
    for (let at = 0; at < part.length; ) {
      const piece = part.subarray(at, at + chunk.length - used);
      chunk.set(piece, used);
      used += piece.length;
      at += piece.length;
      if (used < chunk.length) continue;
      yield chunk;
      chunk = take(CHUNK_BYTES);
      used = 0;
    }
  }
  if (used > 0) yield chunk.subarray(0, used);
}

/**
 * It reads slices, because what is in memory comes as one chunk, which is a copy. A file comes in chunks of CHUNK_BYTES,
 * and is opened for each slice. Many small parts are joined.
 */
async function* readBlob(blob: Blob): AsyncGenerator<Uint8Array> {
  let { size, isJoined } = IN_MEMORY;
  for (let start = 0, end = size; start < blob.size; [start, end] = [end, end + size]) {
    const slice = blob.slice(start, end);
    if (isJoined) yield new Uint8Array(await slice.arrayBuffer());
    else ({ size, isJoined } = waysToRead(yield* readSlice(slice), slice.size));
  }
}

/** How the next slice is read, after one that came in so many chunks. */
function waysToRead(chunks: number, size: number): typeof IN_MEMORY {
  if (chunks === 1) return IN_MEMORY;
  return chunks <= 2 + size / CHUNK_BYTES ? IN_FILE : IN_PARTS;
}

/** @returns number of chunks */
async function* readSlice(slice: Blob): AsyncGenerator<Uint8Array, number> {
  const reader = slice.stream().getReader();
  try {
    for (let chunks = 0; ; chunks++) {
      const { value } = await reader.read();
      if (value === undefined) return chunks;
      yield value;
    }
  } finally {
    void readToEnd(reader);
  }
}

/** Somebody may not want the rest of a slice. But `cancel` would leave its file open until garbage is collected. */
async function readToEnd(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
  try {
    while (!(await reader.read()).done);
  } catch {
    // Whoever read it knows.
  }
}

/** @param start null means from the current position of the handle, which then moves. */
async function* readHandle(
  handle: FileHandle,
  start: number | null,
  take: TakeBuffer,
): AsyncGenerator<Uint8Array> {
  for (let position = start; ; ) {
    // A different buffer for each read: the socket may still be writing the last one.
    const buffer = take(CHUNK_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position);
    if (bytesRead === 0) return;
    // A wrong number would send other bytes of the buffer, which are not part of the File.
    if (!Number.isInteger(bytesRead) || bytesRead < 0 || bytesRead > CHUNK_BYTES)
      throw new TypeError(`a FileHandle read ${bytesRead} bytes`);
    yield buffer.subarray(0, bytesRead);
    if (position !== null) position += bytesRead;
  }
}
