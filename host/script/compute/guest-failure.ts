import type { Instance } from "../../guest/engine/instance.ts";

type FailedInstance = Pick<Instance, "isStarved" | "memorySize">;

/** The error that ended a guest, and the guest's state at that time. */
export class GuestFailure extends Error {
  /** Whether the guest was refused memory before. */
  readonly isStarved: boolean;
  /** Size of its memory; 0 if there was no instance. */
  readonly memoryBytes: number;

  constructor(cause: unknown, { isStarved, memorySize }: FailedInstance) {
    super("the guest was ended", { cause });
    this.isStarved = isStarved;
    this.memoryBytes = memorySize;
  }
}
