import type { GuestAccess } from "./guest-access.ts";
import type { DetachedFiber, Instance } from "./instance.ts";
import type { Asked, GuestCall, Task } from "./task.ts";

/** The answer to the question with this number. */
export interface GuestAnswer {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** Null if the guest only learns that there is an answer: it gets the number. */
export type GivenAnswer = GuestAnswer | { readonly number: number; readonly bytes: null };

/** Where a call goes on. */
export interface Continuation {
  readonly parked: DetachedFiber;
  /** What the guest gets in this step, one after the other. */
  readonly answers: readonly GivenAnswer[];
  /** How many questions will still have no answer. */
  readonly open: number;
}

/** The guest waits. */
export interface Waiting {
  /** Its new questions. */
  readonly asked: readonly Asked[];
  readonly parked: DetachedFiber;
}

/** How a step ended: with the result of the call, or with a guest that waits. */
export type Step<T> = { readonly result: T } | Waiting;

/** A task of a call that is computed step by step. It learns nothing of what happens: its caller does. */
export class StepTask<T, C> implements Task<T, C> {
  readonly name: string;
  readonly args: Uint8Array | undefined;
  readonly context: C;
  readonly image: DetachedFiber | undefined;
  readonly #call: GuestCall<T, C>;

  constructor(call: GuestCall<T, C>) {
    this.name = call.name;
    this.args = call.args;
    this.context = call.context;
    this.image = call.image;
    this.#call = call;
  }

  takeRecord(guest: GuestAccess<C>, ptr: number, len: number, number: number): Buffer {
    return this.#call.takeRecord?.(guest, ptr, len, number) ?? guest.memory.copy(ptr, len);
  }

  onCancel(number: number): void {
    this.#call.onCancel?.(number);
  }

  readResult(instance: Instance, returned: unknown): T {
    return this.#call.readResult(instance, returned);
  }

  checkTime(computedMs: number): void {
    this.#call.checkTime?.(computedMs);
  }

  perform(): void {}
  onResult(): void {}
  onError(): void {}
}
