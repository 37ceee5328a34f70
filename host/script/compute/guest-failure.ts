import type { Instance } from "../../guest/engine/instance.ts";

type FailedInstance = Pick<Instance, "isStarved" | "memorySize">;

/** What ended a guest, and what was found in it then. */
export class GuestFailure extends Error {
  /** Whether it had been refused memory. */
  readonly isStarved: boolean;
  /** Size of its memory; 0 if there was no instance. */
  readonly memoryBytes: number;

  constructor(cause: unknown, { isStarved, memorySize }: FailedInstance) {
    super("the guest was ended", { cause });
    this.isStarved = isStarved;
    this.memoryBytes = memorySize;
  }
}
