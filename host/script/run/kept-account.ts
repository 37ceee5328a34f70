import type { MemoryAccount } from "./memory-share.ts";

/** An account of bytes that the host keeps for a run. They count in the memory of all runs, too. */
export class KeptAccount {
  readonly #most: number;
  readonly #memory: MemoryAccount;
  #bytes = 0;
  #isClosed = false;

  /** @param most bytes */
  constructor(most: number, memory: MemoryAccount) {
    this.#most = most;
    this.#memory = memory;
  }

  /** Bytes that may still be taken. */
  get left(): number {
    return this.#most - this.#bytes;
  }

  /** Returns false if it has too much now. */
  take(bytes: number): boolean {
    this.#change(bytes);
    return this.#bytes <= this.#most;
  }

  give(bytes: number): void {
    this.#change(-bytes);
  }

  /** Counts bytes in the memory of all runs, and not against the limit. */
  changeBeside(bytes: number): void {
    this.#memory.change(bytes);
  }

  /** The run is over, and nothing is kept for it. */
  close(): void {
    this.#bytes = 0;
    this.#isClosed = true;
    this.#memory.close();
  }

  #change(bytes: number): void {
    if (this.#isClosed) return;
    this.#bytes += bytes;
    this.changeBeside(bytes);
  }
}
