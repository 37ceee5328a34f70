import { channel } from "node:diagnostics_channel";
import type { Worker } from "node:worker_threads";

const STARTS = channel("worker_threads");

/** The threads that this one has started since `watch`. */
export class StartedWorkers {
  readonly started: Worker[] = [];
  readonly #onStart = (message: unknown): void => {
    this.started.push((message as { worker: Worker }).worker);
  };

  watch(): void {
    STARTS.subscribe(this.#onStart);
  }

  close(): void {
    STARTS.unsubscribe(this.#onStart);
  }
}
