import type { Book } from "./book.ts";
import { MOST_HOSTS } from "./lease-server.ts";

/** If there are others to be told of, too. */
const MOST_LACKING = MOST_HOSTS / 2;

/** Which hosts the next request to the server is about. */
export class Agenda {
  /** Their wishes are not all granted. Whose turn it was last is last. */
  readonly #lacking = new Map<string, Book>();
  /** The server is to be told of them. */
  readonly #due = new Map<string, Book>();

  /** Leases of all hosts for which there is no connection yet. */
  inHand = 0;

  get isEmpty(): boolean {
    return this.#due.size === 0;
  }

  /** Called after each change. */
  note(host: string, book: Book): void {
    this.inHand += book.inHand - book.noted;
    book.noted = book.inHand;
    if (book.lacking === 0) this.#lacking.delete(host);
    else if (!this.#lacking.has(host)) this.#lacking.set(host, book);
    if (book.isUrgent) this.#due.set(host, book);
  }

  add(host: string, book: Book): void {
    this.#due.set(host, book);
  }

  remove(host: string): void {
    this.#due.delete(host);
    this.#lacking.delete(host);
  }

  /**
   * Those who lack leases come first, because what the process lacks in total depends on them. Others have their part,
   * however many those are: leases that nobody renews expire.
   */
  take(): [string, Book][] {
    const taken = new Map<string, Book>();
    const parts = [
      [this.#lacking, MOST_LACKING],
      [this.#due, MOST_HOSTS],
      [this.#lacking, MOST_HOSTS],
    ] as const;
    for (const [books, most] of parts) {
      for (const [host, book] of books) {
        if (taken.size >= most) break;
        taken.set(host, book);
      }
    }
    for (const [host, book] of taken) {
      this.#due.delete(host);
      if (this.#lacking.delete(host)) this.#lacking.set(host, book);
    }
    return [...taken];
  }
}
