/** Ends the call that a run waits for. An AbortSignal takes some 2 KiB, and there are as many of these as runs. */
export class RunSignal {
  aborted = false;
  #listener: EventListenerObject | undefined;

  /** A run has one call at a time, and so one that listens. */
  addEventListener(_type: string, listener: unknown): void {
    this.#listener = listener as EventListenerObject;
  }

  removeEventListener(): void {
    this.#listener = undefined;
  }

  abort(): void {
    this.aborted = true;
    const listener = this.#listener;
    this.#listener = undefined;
    listener?.handleEvent();
  }
}

interface EventListenerObject {
  handleEvent(): void;
}
