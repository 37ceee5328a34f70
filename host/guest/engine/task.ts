import type { GuestAccess } from "./guest-access.ts";
import type { DetachedFiber, Instance } from "./instance.ts";

/** What a guest asks with. The number is its own: it gets the answer with the same number. */
export interface Asked<R = Buffer> {
  readonly number: number;
  readonly record: R;
}

/** Takes the answer to one question of a guest. Only the first answer counts. */
export interface Answer {
  resume(bytes: Uint8Array): void;
  fail(error: unknown): void;
}

/** One call of a guest, for a caller that runs it step by step. */
export interface GuestCall<T, C, R = Buffer> {
  /** The export that is called. */
  readonly name: string;
  /** The state from which the call begins, and from which its guest differs while it waits. @default the pristine one */
  readonly image?: DetachedFiber | undefined;
  /** Copied into the guest, which gets pointer and length. Undefined calls it without arguments. */
  readonly args?: Uint8Array | undefined;
  /** Passed to the functions that the guest imports. */
  readonly context: C;
  /**
   * Takes what the guest asks with out of its memory. If this throws, the guest is ended.
   *
   * @default a copy of the bytes
   */
  takeRecord?(guest: GuestAccess<C>, ptr: number, len: number, number: number): R;
  /** Reads the result from what the guest has returned. The guest's memory is still as the guest left it. */
  readResult(instance: Instance, returned: unknown): T;
  /** The guest does not want the answer to an earlier question any more. */
  onCancel?(number: number): void;
  /** Called from time to time while a confined guest computes. It throws to end the guest. */
  checkTime?(computedMs: number): void;
}

/** One call of a guest, with the answers to its questions, and with what happens with its result. */
export interface Task<T, C, R = Buffer> extends GuestCall<T, C, R> {
  /** Called for each question of the guest, when it waits for the answer. If this throws, it is a failure. */
  perform(record: R, answer: Answer): void;
  /** Either this or `onError` is called, once. */
  onResult(result: T): void;
  onError(error: unknown): void;
}
