import { EXPORT_RESUME, IMPORT_PERFORM, PENDING } from "../../../assembly/abi.ts";
import { type Asker, type GuestFunction, Suspension, WAITS } from "./suspension.ts";
import type { SuspensionKind, SuspensionParts } from "./suspension-kind.ts";

/**
 * The guest asks any number of questions, and returns PENDING. Its export `resume` is called for each answer, with the
 * number that the guest has given to the question. It returns the result, or PENDING again.
 */
class ReturningSuspension extends Suspension {
  readonly #resume: GuestFunction;

  constructor({ exports }: SuspensionParts) {
    super();
    this.#resume = exports[EXPORT_RESUME] as GuestFunction;
  }

  begin(entry: GuestFunction, ptr: number, len: number): unknown {
    return this.#enter(entry, ptr, len);
  }

  goOn(_entry: GuestFunction, answer: number, number: number): unknown {
    return this.#enter(this.#resume, answer, number);
  }

  ask(asker: Asker, ptr: number, len: number, number: number): number {
    this.checkTurn();
    asker.note(number, ptr, len);
    return 0;
  }

  #enter(call: GuestFunction, first: number, second: number): unknown {
    this.isGuestsTurn = true;
    const returned = call(first, second);
    this.isGuestsTurn = false;
    return returned === PENDING ? WAITS : returned;
  }
}

/** For code that knows how to go on after it has returned. */
export const RETURNING: SuspensionKind = {
  asks: IMPORT_PERFORM,
  functions: [EXPORT_RESUME],
  attach: (parts) => new ReturningSuspension(parts),
};
