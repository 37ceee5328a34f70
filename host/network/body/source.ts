import { captureScope } from "../../lifetime/async-scope.ts";
import type { TakeBuffer } from "../transfer/body.ts";

/** Where bytes of a body come from. */
export interface Source {
  /** Whether it can be read more than once, and more than once at a time. */
  readonly isReplayable: boolean;
  /**
   * Its bytes, read as they are asked for. Rejects, with whatever the reason is, if they cannot be.
   *
   * @param take Where buffers come from to read into, of CHUNK_BYTES each; not all sources need them.
   */
  read(take: TakeBuffer): AsyncIterable<Uint8Array>;
  /** Lets go of what nobody else will read to its end. What still waits for it ends or rejects. */
  close(): void;
}

/** The most bytes that are read at a time. A stream may give larger chunks. */
export const CHUNK_BYTES = 65_536;

/** A chunk from here on is written before the next is read; of a smaller one, a stream's is copied. */
export const SMALL_BYTES = 16_384;

/** `bytes` in pieces of CHUNK_BYTES at most, not copied. */
export function* cut(bytes: Uint8Array): Generator<Uint8Array> {
  for (let start = 0; start < bytes.length; start += CHUNK_BYTES) {
    yield bytes.subarray(start, start + CHUNK_BYTES);
  }
}

/** A source that can be read from its start again and again. */
export function replayable(read: Source["read"]): Source {
  return { isReplayable: true, read, close() {} };
}

/** A source that is gone once it was read: the second time it rejects, where it might have given nothing. */
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

/** A source that is none: reading it fails, for this reason. */
export function brokenSource(reason: unknown): Source {
  return {
    isReplayable: false,
    // biome-ignore lint/correctness/useYield: it never comes to that
    async *read() {
      throw reason;
    },
    close() {},
  };
}

/** The same, whose caller's code runs in the asynchronous context of whoever calls this, whoever reads it. */
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

/** Does something whose failure, now or later, is of no interest to anybody any more. */
export async function settle(step: () => unknown): Promise<void> {
  try {
    await step();
  } catch {}
}
