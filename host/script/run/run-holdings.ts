import { Handles } from "../../guest/wire/handles.ts";
import { HeldBytes, type PageStore } from "../pages/page-store.ts";
import { LONG_FROM } from "../pages/paged-bytes.ts";
import type { Argument, NamedValue, SuspendedGuest } from "../steps/step.ts";
import { namedValues } from "./named-values.ts";
import { ParkedGuest } from "./parked-guest.ts";
import type { RunAccount } from "./run-account.ts";
import { RunPages, slackOf } from "./run-pages.ts";
import type { RunParts } from "./run-parts.ts";

/** Where what a run has lies. */
export interface HoldingPlace {
  /** The memory for what is long. */
  readonly store: PageStore;
  /** Whether the guest computes in another thread. */
  readonly isElsewhere: boolean;
}

/**
 * What a run has: values that it may name, its arguments, and its guest while that is suspended. All of it is on the
 * account. Where something returns false, that was too much, and the run is over.
 */
export class RunHoldings {
  readonly handles = new Handles();
  readonly pages: RunPages;
  readonly #guest: ParkedGuest;
  readonly #parts: Pick<RunParts, "args" | "grants">;
  readonly #account: RunAccount;
  readonly #isElsewhere: boolean;

  constructor(
    parts: Pick<RunParts, "args" | "grants">,
    account: RunAccount,
    { store, isElsewhere }: HoldingPlace,
  ) {
    this.#parts = parts;
    this.#account = account;
    this.#isElsewhere = isElsewhere;
    this.pages = new RunPages(store);
    this.#guest = new ParkedGuest(this.pages);
    parts.grants.addTo(this.handles, this.pages);
    for (const arg of parts.args) if (arg instanceof HeldBytes) this.pages.keep(arg);
  }

  /** The suspended guest; undefined if the run has not begun. It is valid until another guest is parked or freed. */
  get parked(): SuspendedGuest | undefined {
    return this.#guest.isParked ? this.#guest.read() : undefined;
  }

  /** Bytes of the suspended guest. */
  get parkedBytes(): number {
    return this.#guest.size;
  }

  /** Puts long texts into pages, and counts all arguments. @throws RangeError if there is no memory for it */
  keepArguments(): boolean {
    const { args } = this.#parts;
    let size = 0;
    for (const [i, arg] of args.entries()) {
      const bytes = sizeOfArgument(arg);
      size += bytes;
      // A worker has a copy of what is short.
      if (bytes < LONG_FROM) this.#account.countBeside(this.#isElsewhere ? bytes : 0);
      else if (typeof arg === "string") args[i] = { text: this.pages.putText(arg) };
    }
    return this.#account.keep(size);
  }

  /** Replaces the guest that was parked before. @throws RangeError if there is no memory for it */
  park(guest: SuspendedGuest): boolean {
    this.#account.give(this.#guest.size);
    this.#account.countBeside(-this.#guest.slack);
    this.#guest.park(guest);
    this.#account.countBeside(this.#guest.slack);
    return this.#account.keep(this.#guest.size);
  }

  /** The values with these numbers, in the form that a worker needs. @throws RangeError if there is no memory for it */
  named(numbers: readonly number[] = this.handles.numbers()): NamedValue[] {
    const { names } = this.#parts.grants;
    const pages = this.#isElsewhere ? this.pages : undefined;
    return namedValues({ handles: this.handles, names, pages }, numbers);
  }

  /** Keeps what came with an answer, if anybody wants it. */
  keepValues(numbers: readonly number[], isWanted: boolean): boolean {
    for (const number of numbers) {
      if (!isWanted) this.handles.remove(number);
      else if (!this.#account.keep(this.handles.get(number).size)) return false;
    }
    return true;
  }

  /** What counts for a call that sends these bytes: nothing if they were granted, because the application keeps them anyway. */
  chargeOf(sent: HeldBytes): number {
    return this.#parts.grants.has(sent) ? 0 : sent.length;
  }

  /** The bytes, part by part. */
  read(bytes: HeldBytes): Iterable<Uint8Array> {
    return this.pages.read(bytes);
  }

  /** The script does not need a value any more. Grants do not count. */
  release(number: number): void {
    const handle = this.handles.find(number);
    if (handle !== undefined && !this.#parts.grants.names.has(number)) {
      this.#account.give(handle.size);
      this.#account.countBeside(-slackOf(handle.value));
      this.pages.release(handle.value);
    }
    this.handles.remove(number);
  }

  /** The run is over. */
  close(): void {
    this.#guest.free();
    this.pages.releaseAll();
    this.handles.clear();
  }
}

function sizeOfArgument(arg: Argument): number {
  if (typeof arg === "string") return Buffer.byteLength(arg);
  return "text" in arg ? arg.text.length : arg.length;
}
