import type { HostFunction } from "./guest-access.ts";
import type { Instance } from "./instance.ts";

/** What an engine gives its guest, and what it does with it. */
export interface EngineOptions<C = undefined> {
  /** The functions of our own import module, except the one with which the guest asks. */
  functions: Readonly<Record<string, HostFunction<C>>>;
  /** The imports from `env`. The guest may call them at any time. There is no instance while it is being made. */
  env?: Readonly<Record<string, (instance: Instance | undefined, ...args: number[]) => number>>;
  /** Bytes for the frames of one suspended call, if they are kept. @default 4096 */
  unwindAreaSize?: number;
  /** The answer for a guest whose `perform` threw or rejected. */
  answerTo(error: unknown): Uint8Array;
  /** Converts the error that ended a guest to the error with which its call rejects. @default GUEST_TRAPPED */
  toRejection?(error: unknown, instance: Instance | undefined): unknown;
}
