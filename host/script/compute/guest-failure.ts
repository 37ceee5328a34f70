/** What ended a guest, and what was found in it then. */
export class GuestFailure extends Error {
  /** Whether it had been refused memory. */
  readonly isStarved: boolean;

  constructor(cause: unknown, isStarved: boolean) {
    super("the guest was ended", { cause });
    this.isStarved = isStarved;
  }
}
