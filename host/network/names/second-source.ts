import { LookupError } from "./lookup-error.ts";
import type { PendingLookup } from "./query.ts";

/** Failures of the first source after which the second may know more: there is no such name, or no server answers. */
const OPEN: ReadonlySet<string> = new Set(["ENOTFOUND", "ENODATA", "ECONNREFUSED"]);

/** A lookup that asks a second source if the first has no address. */
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

  /** Asks the second source. If it fails too, it throws the failure of the first one, which says more. */
  async #goOn(failure: LookupError): Promise<readonly string[]> {
    this.#current = this.#askSecond();
    try {
      return await this.#current.addresses;
    } catch {
      throw failure;
    }
  }
}
