import type { Feeding, StreamCore } from "./core.ts";

/** @internal */
export let control: (core: StreamCore) => ReadableStreamDefaultController;

const TOKEN = {};

/** What a source feeds its stream with. */
export class ReadableStreamDefaultController implements Feeding {
  readonly #core: StreamCore;

  static {
    control = (core) => new ReadableStreamDefaultController(TOKEN, core);
  }

  constructor(token?: unknown, core?: StreamCore) {
    if (token !== TOKEN) throw new TypeError("Illegal constructor");
    this.#core = core as StreamCore;
  }

  get desiredSize(): number | null {
    return this.#core.desiredSize;
  }

  enqueue(piece?: unknown): void {
    this.#core.enqueue(piece);
  }

  close(): void {
    this.#core.close();
  }

  error(reason?: unknown): void {
    this.#core.error(reason);
  }
}
