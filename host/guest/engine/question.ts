import type { Answer } from "./task.ts";

/** Gives a guest the answer to one of its questions. */
export interface Answering {
  onAnswer(number: number, bytes: Uint8Array): void;
  onFailure(number: number, error: unknown): void;
}

/** One question of a guest that waits. Its first answer goes to the guest (invariant 3). */
export class Question implements Answer {
  readonly #guest: Answering;
  readonly #number: number;
  #isOpen = true;
  #isAsking = true;

  constructor(guest: Answering, number: number) {
    this.#guest = guest;
    this.#number = number;
  }

  /** Called when the question was asked. Until then, answers wait. */
  wasAsked(): void {
    this.#isAsking = false;
  }

  resume(bytes: Uint8Array): void {
    if (!this.#close()) return;
    if (!(bytes instanceof Uint8Array)) this.#give(new TypeError("the answer is something else than bytes"));
    else this.#give(undefined, bytes);
  }

  fail(error: unknown): void {
    if (this.#close()) this.#give(error);
  }

  #close(): boolean {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    return wasOpen;
  }

  /** An answer that comes at once has to wait. Otherwise a guest that asks in a loop would fill the stack. */
  #give(error: unknown, bytes?: Uint8Array): void {
    if (this.#isAsking) queueMicrotask(() => this.#giveNow(error, bytes));
    else this.#giveNow(error, bytes);
  }

  #giveNow(error: unknown, bytes?: Uint8Array): void {
    if (bytes === undefined) this.#guest.onFailure(this.#number, error);
    else this.#guest.onAnswer(this.#number, bytes);
  }
}
