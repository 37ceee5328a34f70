import { AsyncLocalStorage } from "node:async_hooks";
import { Blob } from "node:buffer";
import diagnostics from "node:diagnostics_channel";
import { type FileHandle, open, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { ReadableStream } from "node:stream/web";

const CHANNELS = [
  "call:start",
  "call:queued",
  "hop:start",
  "hop:sent",
  "hop:end",
  "connection:open",
  "response",
  "call:end",
  "policy:denied",
  "option:ignored",
] as const;

/** The owner of the asynchronous context: the name of a caller; undefined if it belongs to nobody. */
export const WHOSE = new AsyncLocalStorage<string>();

/** An event that was published, or a function of the caller that was called. */
export interface Sight {
  readonly what: string;
  /** The owner of its context. */
  readonly whose: string | undefined;
  /** For a call, the owner of the context in which it began. */
  readonly by?: string | undefined;
}

/** Remembers the context of everything that a caller can see. */
export class Witness {
  readonly sights: Sight[] = [];
  readonly #callers = new Map<unknown, string | undefined>();
  readonly #subscribers = CHANNELS.map((name) => {
    const listen = (message: unknown): void => this.#onEvent(name, (message as { call?: number }).call);
    diagnostics.subscribe(`http-background:${name}`, listen);
    return () => diagnostics.unsubscribe(`http-background:${name}`, listen);
  });

  constructor() {
    // Tracers tell by this whose a request is. The path of A's is /first.
    const listen = (message: unknown): void => {
      const { path } = (message as { request: { path: string } }).request;
      const by = path === "/first" ? "A" : "B";
      this.sights.push({ what: "undici:request:create", whose: WHOSE.getStore(), by });
    };
    diagnostics.subscribe("undici:request:create", listen);
    this.#subscribers.push(() => diagnostics.unsubscribe("undici:request:create", listen));
  }

  /** Remembers something with the current context. */
  see(what: string): void {
    this.sights.push({ what, whose: WHOSE.getStore() });
  }

  forget(): void {
    this.sights.length = 0;
  }

  close(): void {
    for (const stop of this.#subscribers) stop();
  }

  /**
   * Files of each kind, whose methods are watched. They give this number of pieces of 16 kB, but a Blob and a
   * FileHandle give at most 1000.
   */
  files(pieces: number): Record<string, () => unknown> {
    const piece = Buffer.alloc(16_000, "x");
    return {
      stream: () => this.#stream(pieces, piece),
      web: () => this.#web(pieces, piece),
      iterable: () => this.#iterable(pieces, piece),
      blob: () => this.#blob(Math.min(pieces, 1000), piece),
      handle: () => this.#handle(Math.min(pieces, 1000), piece),
    };
  }

  #onEvent(what: string, call: number | undefined): void {
    const whose = WHOSE.getStore();
    if (call !== undefined && what === "call:start") this.#callers.set(call, whose);
    this.sights.push(call === undefined ? { what, whose } : { what, whose, by: this.#callers.get(call) });
  }

  #stream(pieces: number, piece: Buffer): Readable {
    let left = pieces;
    const stream = new Readable({
      highWaterMark: 1,
      read: () => {
        this.see("stream");
        stream.push(left-- > 0 ? piece : null);
      },
      destroy: (error, done) => {
        this.see("stream.destroy");
        done(error);
      },
    });
    return stream;
  }

  #web(pieces: number, piece: Buffer): ReadableStream {
    let left = pieces;
    return new ReadableStream(
      {
        pull: (controller) => {
          this.see("web");
          if (left-- > 0) controller.enqueue(piece);
          else controller.close();
        },
        cancel: () => this.see("web.cancel"),
      },
      { highWaterMark: 0 },
    );
  }

  #iterable(pieces: number, piece: Buffer): AsyncIterableIterator<Uint8Array> {
    let left = pieces;
    return {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: async () => {
        this.see("iterable");
        return left-- > 0 ? { done: false, value: piece } : { done: true, value: undefined };
      },
      return: async () => {
        this.see("iterable.return");
        return { done: true, value: undefined };
      },
    };
  }

  #blob(pieces: number, piece: Buffer): Blob {
    const witness = this;
    class Watched extends Blob {
      override slice(...args: Parameters<Blob["slice"]>): Blob {
        witness.see("blob");
        return super.slice(...args);
      }
    }
    return new Watched(Array(pieces).fill(piece));
  }

  async #handle(pieces: number, piece: Buffer): Promise<FileHandle> {
    const path = join(tmpdir(), `async-contexts-${process.pid}`);
    await writeFile(path, Buffer.concat(Array(pieces).fill(piece)));
    const handle = await open(path);
    await unlink(path);
    const { read } = handle;
    handle.read = ((...args: unknown[]) => {
      this.see("handle");
      return read.apply(handle, args as never);
    }) as FileHandle["read"];
    return handle;
  }
}

/** Waits until the condition is true. It checks it in each turn of the event loop. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise(setImmediate);
}
