import { toDictionary } from "../values/idl.ts";
import { control } from "./controller.ts";
import { type Piece, type Strategy, StreamCore, type StreamSource } from "./core.ts";
import { lock, type ReadableStreamDefaultReader } from "./reader.ts";

/** @internal Whether nobody has read a stream, and nobody may read it now. */
export let usageOf: (stream: ReadableStream) => { readonly isDisturbed: boolean; readonly isLocked: boolean };
/** @internal From now on nobody can read a stream, because its pieces are read elsewhere. */
export let seal: (stream: ReadableStream) => void;

/** A stream of pieces, of which a script makes one, or a body is one. */
export class ReadableStream implements AsyncIterable<unknown> {
  readonly #core: StreamCore;
  #isLocked = false;

  static {
    usageOf = (stream) => ({ isDisturbed: stream.#core.isDisturbed, isLocked: stream.#isLocked });
    seal = (stream) => {
      stream.#isLocked = true;
      stream.#core.isDisturbed = true;
    };
  }

  constructor(source?: unknown, strategy?: unknown) {
    const given = toDictionary(source ?? undefined, "the source of a stream");
    // A source of bytes would be read into the buffers of its readers, which nobody has here.
    if (given.type !== undefined) throw new TypeError("a stream has no type here");
    for (const name of ["start", "pull", "cancel"])
      if (given[name] !== undefined && typeof given[name] !== "function")
        throw new TypeError(`the ${name} of a source is no function`);
    const { start, pull, cancel } = (source ?? {}) as StreamSource;
    const bound: StreamSource = {
      start: (controller) => start?.call(source, controller),
      pull: (controller) => pull?.call(source, controller),
      cancel: (reason) => cancel?.call(source, reason),
    };
    this.#core = new StreamCore(bound, strategyOf(strategy), control);
  }

  /** A stream of what an iterable, or an asynchronous one, gives. */
  static from(iterable: unknown): ReadableStream {
    const iterator = iteratorOf(iterable);
    return new ReadableStream(
      {
        async pull(controller: ReturnType<typeof control>) {
          const { value, done } = await iterator.next();
          if (done) controller.close();
          else controller.enqueue(await value);
        },
        cancel: (reason: unknown) => iterator.return?.(reason),
      },
      { highWaterMark: 0 },
    );
  }

  get locked(): boolean {
    return this.#isLocked;
  }

  async cancel(reason?: unknown): Promise<void> {
    this.#checkFree();
    return this.#core.cancel(reason);
  }

  getReader(options?: unknown): ReadableStreamDefaultReader {
    const { mode } = toDictionary(options, "the options of a reader");
    if (mode !== undefined) throw new TypeError("a reader has no mode here");
    this.#checkFree();
    this.#isLocked = true;
    return lock(this.#core, () => {
      this.#isLocked = false;
    });
  }

  /** Two streams with the same pieces. What one has not read yet is kept for it. */
  tee(): [ReadableStream, ReadableStream] {
    const reader = this.getReader();
    const branches: ReturnType<typeof control>[] = [];
    const cancelled = new Set<unknown>();
    const pull = async (): Promise<void> => {
      const { value, done } = await reader.read();
      for (const branch of branches) {
        if (cancelled.has(branch)) continue;
        if (done) branch.close();
        else branch.enqueue(value);
      }
    };
    const branch = (): ReadableStream => {
      let own: ReturnType<typeof control>;
      return new ReadableStream(
        {
          start(controller: typeof own) {
            own = controller;
            branches.push(controller);
          },
          pull,
          async cancel(reason: unknown) {
            cancelled.add(own);
            if (cancelled.size === 2) await reader.cancel(reason);
          },
        },
        { highWaterMark: 0 },
      );
    };
    const both: [ReadableStream, ReadableStream] = [branch(), branch()];
    reader.closed.catch((reason) => {
      for (const each of branches) each.error(reason);
    });
    return both;
  }

  values(options?: unknown): AsyncIterableIterator<unknown> {
    const { preventCancel } = toDictionary(options, "the options of values");
    return iterate(this.getReader(), Boolean(preventCancel));
  }

  [Symbol.asyncIterator](options?: unknown): AsyncIterableIterator<unknown> {
    return this.values(options);
  }

  #checkFree(): void {
    if (this.#isLocked) throw new TypeError("the stream is locked");
  }
}

async function* iterate(
  reader: ReadableStreamDefaultReader,
  preventCancel: boolean,
): AsyncGenerator<unknown, void> {
  let isOver = false;
  try {
    for (;;) {
      const { value, done }: Piece = await reader.read().catch((error) => {
        isOver = true;
        throw error;
      });
      isOver = done;
      if (done) return;
      yield value;
    }
  } finally {
    if (!isOver && !preventCancel) await reader.cancel();
    reader.releaseLock();
  }
}

function iteratorOf(iterable: unknown): AsyncIterator<unknown> | Iterator<unknown> {
  const given = Object(iterable) as Record<symbol, unknown>;
  const make = given[Symbol.asyncIterator] ?? given[Symbol.iterator];
  if (typeof make !== "function") throw new TypeError("it cannot be iterated over");
  return make.call(iterable) as AsyncIterator<unknown>;
}

function strategyOf(given: unknown): Strategy {
  const { highWaterMark = 1, size } = toDictionary(given, "the strategy of a stream");
  const most = Number(highWaterMark);
  if (!(most >= 0)) throw new RangeError("the highWaterMark is no number of at least 0");
  if (size !== undefined && typeof size !== "function") throw new TypeError("the size is no function");
  return { highWaterMark: most, size: (piece) => (size === undefined ? 1 : size(piece)) };
}
