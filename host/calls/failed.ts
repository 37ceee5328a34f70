import type { TransferError } from "../api/errors.ts";
import type { Failed } from "../api/results.ts";
import type { FailedOutcome } from "../network/transfer/failures.ts";
import { Itself } from "./itself.ts";

/** Why a call has failed, as far as it is known. */
class Reason extends Itself {
  /** How the transfer ended; null if the cause was made of it. */
  #outcome: FailedOutcome | null;
  #cause: TransferError | undefined;

  constructor(result: object, outcome: FailedOutcome) {
    super(result);
    this.#outcome = outcome;
  }

  static causeOf(result: object): TransferError | undefined {
    if (!(#outcome in result)) return undefined;
    if (result.#outcome !== null) result.#cause = result.#outcome.cause;
    result.#outcome = null;
    return result.#cause;
  }
}

// The same functions for all results, so that all have the same hidden class.
const CAUSE: PropertyDescriptor = {
  get(this: object) {
    return Reason.causeOf(this);
  },
  set(this: object, value: unknown) {
    Object.defineProperty(this, "cause", { value, configurable: true, writable: true });
  },
  enumerable: false,
  configurable: true,
};

/**
 * Gives a result its `cause`, which is not enumerable. It is made when somebody asks for it: to make an error takes a
 * quarter of the CPU of a call that fails at once.
 *
 * @param outcome how the transfer ended; null if there was none
 */
export function failedWith(result: Failed, outcome: FailedOutcome | null): Failed {
  if (outcome !== null) new Reason(result, outcome);
  return Object.defineProperty(result, "cause", CAUSE);
}
