import type { Piece, StreamCore } from "./core.ts";

/** @internal Locks a stream. */
export let lock: (core: StreamCore, onRelease: () => void) => ReadableStreamDefaultReader;

const TOKEN = {};

/** Reads a stream, alone. */
export class ReadableStreamDefaultReader {
  #core: StreamCore | undefined;
  #onRelease: () => void = () => {};
  #closed: Promise<void> | undefined;
  #lose: (reason: unknown) => void = () => {};

  static {
    lock = (core, onRelease) => new ReadableStreamDefaultReader(TOKEN, core, onRelease);
  }

  constructor(token: unknown, core?: StreamCore, onRelease?: () => void) {
    if (token !== TOKEN) {
      // As a script calls it: with a stream.
      const { getReader } = token as { getReader?: () => ReadableStreamDefaultReader };
      if (typeof getReader !== "function") throw new TypeError("a reader needs a ReadableStream");
      // biome-ignore lint/correctness/noConstructorReturn: the stream makes its reader
      return getReader.call(token);
    }
    this.#core = core as StreamCore;
    this.#onRelease = onRelease as () => void;
    this.#closed = new Promise((resolve, reject) => {
      (core as StreamCore).closed.then(resolve, reject);
      this.#lose = reject;
    });
    this.#closed.catch(() => {});
  }

  get closed(): Promise<void> {
    return this.#closed as Promise<void>;
  }

  async read(): Promise<Piece> {
    return this.#locked().read();
  }

  async cancel(reason?: unknown): Promise<void> {
    return this.#locked().cancel(reason);
  }

  releaseLock(): void {
    if (this.#core === undefined) return;
    const released = new TypeError("the reader was released");
    this.#core.refuse(released);
    if (this.#core.isOpen) {
      this.#lose(released);
    } else {
      this.#closed = Promise.reject(released);
      this.#closed.catch(() => {});
    }
    this.#core = undefined;
    this.#onRelease();
  }

  #locked(): StreamCore {
    if (this.#core === undefined) throw new TypeError("the reader was released");
    return this.#core;
  }
}
