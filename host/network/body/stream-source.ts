import { Readable } from "node:stream";
import type { ReadableStream, ReadableStreamDefaultReader } from "node:stream/web";
import { claim } from "./claims.ts";
import { readOnce, SMALL_BYTES, type Source, settle } from "./source.ts";
import { StreamChunks } from "./stream-chunks.ts";
import { StreamErrors } from "./stream-errors.ts";

/**
 * A stream of Node. It is destroyed if it was not read to its end. A stream at its end may be a socket to which its
 * owner still writes, so it stays.
 */
export function streamSource(stream: Readable): Source {
  const isMine = claim(stream);
  let errors: StreamErrors | undefined = StreamErrors.hold(stream);
  let chunks: AsyncIterable<unknown> | undefined;
  let isOver = false;
  return readOnce(
    async function* () {
      if (!isMine || stream.destroyed || stream.readableEnded) throw readBefore();
      chunks = chunksOf(stream);
      for await (const chunk of chunks) yield toBytes(chunk, stream.readableEncoding);
      isOver = true;
    },
    () => {
      const held = errors;
      errors = undefined;
      if (held === undefined) return;
      if (chunks instanceof StreamChunks) chunks.stop();
      if (isMine && !isOver) void settle(() => stream.destroy?.());
      void settle(() => held.release(isOver || !isMine));
    },
  );
}

/** A web stream. It is cancelled if it was not read to its end. */
export function webSource(stream: ReadableStream): Source {
  const isMine = claim(stream);
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  return readOnce(
    async function* () {
      // Otherwise a stream that was read before would look like an empty one.
      if (!isMine || Readable.isDisturbed(stream as unknown as Readable)) throw readBefore();
      reader = stream.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield toBytes(value, null);
      }
    },
    () => {
      if (isMine) void settle(() => (reader === undefined ? stream.cancel() : reader.cancel()));
    },
  );
}

/**
 * Any async iterable of chunks. Its `return` is called if it was not read to its end. For an iterable that can be read
 * only once, such as a generator, `return` is called even if reading never began.
 */
export function iterableSource(iterable: AsyncIterable<unknown>): Source {
  const isIterator = typeof (iterable as Partial<AsyncIterator<unknown>>).next === "function";
  const isMine = !isIterator || claim(iterable);
  let iterator = isIterator && isMine ? (iterable as unknown as AsyncIterator<unknown>) : undefined;
  const close = (): void => {
    const opened = iterator;
    iterator = undefined;
    if (opened !== undefined) void settle(() => opened.return?.());
  };
  return readOnce(async function* () {
    if (!isMine) throw readBefore();
    const opened = iterable[Symbol.asyncIterator]();
    iterator = opened;
    try {
      for (;;) {
        const { done, value } = await opened.next();
        if (done) break;
        yield toBytes(value, null);
      }
      iterator = undefined;
    } finally {
      close();
    }
  }, close);
}

/** If a stream has replaced the iterator of Node's streams, its own iterator is used. */
function chunksOf(stream: Readable): AsyncIterable<unknown> {
  const isNodes = stream[Symbol.asyncIterator] === Readable.prototype[Symbol.asyncIterator];
  return isNodes ? new StreamChunks(stream) : stream;
}

function readBefore(): Error {
  return new Error("the stream was read before");
}

/**
 * A chunk as bytes that do not change before the next chunk is asked for. A small chunk is copied: it never changes.
 */
function toBytes(chunk: unknown, encoding: BufferEncoding | null): Uint8Array {
  // Text is encoded with the stream's encoding, so it becomes the original bytes again. Without encoding it is UTF-8.
  if (typeof chunk === "string") return Buffer.from(chunk, encoding ?? "utf8");
  const bytes = viewOf(chunk);
  return bytes.length < SMALL_BYTES ? Buffer.from(bytes) : bytes;
}

function viewOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk;
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk);
  throw new TypeError(`a chunk of a File is of type ${typeof chunk}, not bytes`);
}
