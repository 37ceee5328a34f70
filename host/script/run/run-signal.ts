/** Ends the call for which a run waits. Each run has one. An AbortSignal would need about 2 KiB. */
export class RunSignal {
  aborted = false;
  #listener: EventListenerObject | undefined;

  /** A run has only one call at a time, so there is only one listener. */
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
