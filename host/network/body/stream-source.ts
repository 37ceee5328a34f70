import { Readable } from "node:stream";
import type { ReadableStream, ReadableStreamDefaultReader } from "node:stream/web";
import { readOnce, SMALL_BYTES, type Source } from "./source.ts";

/** A stream of Node's. Destroyed unless it was read to its end: then it may be a socket that is still written to. */
export function streamSource(stream: Readable): Source {
  // It may fail before it is read, or when it is destroyed, and must not bring down the process then.
  stream.on("error", ignore);
  let isOver = false;
  return readOnce(
    async function* () {
      if (stream.destroyed || stream.readableEnded) throw new Error("the stream was read before");
      for await (const chunk of stream) yield toBytes(chunk, stream.readableEncoding);
      isOver = true;
    },
    () => {
      if (!isOver) stream.destroy?.();
    },
  );
}

/** A stream of the web's. Cancelled if it was not read to its end. */
export function webSource(stream: ReadableStream): Source {
  let reader: ReadableStreamDefaultReader<unknown> | undefined;
  return readOnce(
    async function* () {
      // It would look like an empty one.
      if (Readable.isDisturbed(stream as unknown as Readable)) throw new Error("the stream was read before");
      reader = stream.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        yield toBytes(value, null);
      }
    },
    () => void settle(() => (reader === undefined ? stream.cancel() : reader.cancel())),
  );
}

/** Anything that gives bytes one chunk after the other. Returned from if it was not read to its end. */
export function iterableSource(iterable: AsyncIterable<unknown>): Source {
  let iterator: AsyncIterator<unknown> | undefined;
  const close = (): void => {
    const opened = iterator;
    iterator = undefined;
    void settle(() => opened?.return?.());
  };
  return readOnce(async function* () {
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

/** A chunk as bytes that stay as they are until the next is asked for, and on their way into the socket after that. */
function toBytes(chunk: unknown, encoding: BufferEncoding | null): Uint8Array {
  // Text becomes what it was decoded from, or UTF-8.
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

/** Does something whose failure is of no interest to anybody any more. */
async function settle(step: () => unknown): Promise<void> {
  try {
    await step();
  } catch {}
}

function ignore(): void {}
