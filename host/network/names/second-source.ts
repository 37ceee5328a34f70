import { LookupError } from "./lookup-error.ts";
import type { PendingLookup } from "./query.ts";

/** What the first source says where the second may know more: that there is no such name, or nothing at all, at once. */
const OPEN: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED"]);

/** A lookup that goes on with a second source where the first has no address. */
export class SecondSource implements PendingLookup {
  readonly addresses: Promise<readonly string[]>;
  readonly #askSecond: () => PendingLookup;
  #current: PendingLookup;
  #isLeft = false;

  constructor(first: PendingLookup, askSecond: () => PendingLookup) {
    this.#askSecond = askSecond;
    this.#current = first;
    this.addresses = this.#run(first);
  }

  leave(): void {
    this.#isLeft = true;
    this.#current.leave();
  }

  async #run(first: PendingLookup): Promise<readonly string[]> {
    try {
      return await first.addresses;
    } catch (error) {
      const isOpen = error instanceof LookupError && OPEN.has(error.code);
      if (this.#isLeft || !isOpen) throw error;
      return await this.#goOn(error);
    }
  }

  /** What the first one said tells more of why there is no address. */
  async #goOn(failure: LookupError): Promise<readonly string[]> {
    this.#current = this.#askSecond();
    try {
      return await this.#current.addresses;
    } catch {
      throw failure;
    }
  }
}
