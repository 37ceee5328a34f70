const INTERVAL_MS = 10;

/** Measures the resident memory of this process, compared with the time when this object was made. */
export class MemoryWatch implements Disposable {
  readonly #idle: number;
  #most = 0;
  readonly #timer: NodeJS.Timeout;

  constructor() {
    collectGarbage();
    this.#idle = process.memoryUsage.rss();
    this.#timer = setInterval(() => this.#sample(), INTERVAL_MS);
  }

  /** The largest value so far, in MiB over idle. */
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

/** What the heap holds now, with what belongs to it outside, in KiB. */
export function heapKibibytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024;
}

/** Works only if Node was started with `--expose-gc`. Otherwise idle includes garbage, which only makes idle larger. */
function collectGarbage(): void {
  globalThis.gc?.();
}
