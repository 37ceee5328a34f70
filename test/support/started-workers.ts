import { channel } from "node:diagnostics_channel";
import type { Worker } from "node:worker_threads";

const STARTS = channel("worker_threads");

/** The threads that this one has started since `watch`. */
export class StartedWorkers {
  readonly started: Worker[] = [];
  readonly #starter: string;
  readonly #onStart = (message: unknown): void => {
    // Who starts a thread is told of it at once.
    if (new Error().stack?.includes(this.#starter)) this.started.push((message as { worker: Worker }).worker);
  };

  /** @param starter The name of the file whose threads count. @default all */
  constructor(starter = "") {
    this.#starter = starter;
  }

  watch(): void {
    STARTS.subscribe(this.#onStart);
  }

  close(): void {
    STARTS.unsubscribe(this.#onStart);
  }
}
