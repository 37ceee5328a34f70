import { captureScope } from "../../lifetime/async-scope.ts";
import type { TakeBuffer } from "../transfer/body.ts";

/** A source of bytes for a body. */
export interface Source {
  /** Whether it can be read several times, also at the same time. */
  readonly isReplayable: boolean;
  /**
   * Its bytes. They are read when the caller asks for them. If reading fails, it rejects with the reason, of any type.
   *
   * @param take Gives buffers of CHUNK_BYTES to read into. Some sources do not need them.
   */
  read(take: TakeBuffer): AsyncIterable<Uint8Array>;
  /** Releases the value, if nobody will read it to its end. A pending read ends or rejects. */
  close(): void;
}

/** The maximum number of bytes of one read. A stream may give larger chunks. */
export const CHUNK_BYTES = 65_536;

/** The maximum number of bytes that are given to a socket at once. It is more than one chunk, if there is more. */
export const BATCH_BYTES = 16 * CHUNK_BYTES;

/**
 * A chunk of this size or larger is written before the next one is read. Smaller chunks of a stream are copied, so the
 * next one is read at once.
 */
export const SMALL_BYTES = 16_384;

/** Splits `bytes` into pieces of at most `size` bytes. The pieces are not copies. */
export function* cut(bytes: Uint8Array, size = CHUNK_BYTES): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

/** A source that can be read from its start any number of times. */
export function replayable(read: Source["read"]): Source {
  return { isReplayable: true, read, close() {} };
}

/** A source that can be read once. The second read rejects; otherwise it would look like an empty source. */
export function readOnce(read: Source["read"], close: () => void): Source {
  let isRead = false;
  return {
    isReplayable: false,
    async *read(take) {
      if (isRead) throw new Error("the source was read before");
      isRead = true;
      yield* read(take);
    },
    close,
  };
}

/** A source that always fails, with this reason. */
export function brokenSource(reason: unknown): Source {
  return {
    isReplayable: false,
    // biome-ignore lint/correctness/useYield: it throws before it can yield
    async *read() {
      throw reason;
    },
    close() {},
  };
}

/**
 * The same source, but the caller's own code in it runs in the asynchronous context in which this function was called,
 * not in the context of its reader.
 */
export function inScope({ isReplayable, read, close }: Source): Source {
  const scope = captureScope();
  const within = <T>(step: () => T): T => scope.runInAsyncScope(step);
  return {
    isReplayable,
    read: (take) => ({
      [Symbol.asyncIterator]() {
        const steps = read(take)[Symbol.asyncIterator]();
        return {
          next: () => within(() => steps.next()),
          return: (value) =>
            within(() => steps.return?.(value) ?? Promise.resolve({ done: true, value: undefined })),
        };
      },
    }),
    close: () => within(close),
  };
}

/** Runs a step and ignores its errors, both thrown ones and rejections. */
export async function settle(step: () => unknown): Promise<void> {
  try {
    await step();
  } catch {}
}
