const INTERVAL_MS = 10;

/** Resident bytes of this process, over what it had when this was made. */
export class MemoryWatch implements Disposable {
  readonly #idle: number;
  #most = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    collectGarbage();
    this.#idle = process.memoryUsage.rss();
    this.#timer = setInterval(() => this.#sample(), INTERVAL_MS);
  }

  /** The most that was seen, in MiB over idle. */
  mostMebibytes(): number {
    this.#sample();
    return (this.#most - this.#idle) / 1024 / 1024;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #sample(): void {
    this.#most = Math.max(this.#most, process.memoryUsage.rss());
  }
}

/** Where Node was started with `--expose-gc`; elsewhere idle includes garbage, which only makes idle larger. */
function collectGarbage(): void {
  globalThis.gc?.();
}
