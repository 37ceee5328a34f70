import { Fifo, type Link } from "../collections/fifo.ts";
import type { CancelSignal } from "../network/transfer/transfer.ts";

/** Whom a signal ends. */
export interface Abortable {
  onAbort(): void;
}

/**
 * Listens once to each signal, however many calls share it: Node warns of a leak at the eleventh listener.
 */
export class AbortWatch {
  readonly #watched = new Map<CancelSignal, Fifo<Abortable>>();

  /** Tells the link's value when the signal aborts, unless it was forgotten before. */
  add(signal: CancelSignal, link: Link<Abortable>): void {
    let members = this.#watched.get(signal);
    if (members === undefined) {
      members = new Fifo();
      this.#watched.set(signal, members);
      signal.addEventListener("abort", this);
    }
    members.push(link);
  }

  forget(signal: CancelSignal, link: Link<Abortable>): void {
    const members = this.#watched.get(signal);
    if (members === undefined) return;
    members.remove(link);
    if (members.length > 0) return;
    this.#watched.delete(signal);
    signal.removeEventListener("abort", this);
  }

  /** EventListenerObject: a signal aborts. */
  handleEvent(event: Event): void {
    const members = this.#watched.get(event.target as unknown as CancelSignal);
    // Each forgets itself as it ends, and may end others.
    for (let link = members?.first; link; link = members?.first) {
      members?.remove(link);
      link.value.onAbort();
    }
    this.#watched.delete(event.target as unknown as CancelSignal);
  }
}
