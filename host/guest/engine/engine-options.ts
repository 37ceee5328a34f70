import type { Fiber } from "./fiber.ts";
import type { HostFunction } from "./guest-access.ts";
import type { Instance } from "./instance.ts";
import type { Imports } from "./module.ts";

/** What the imports of one instance can ask for. */
export interface Link<C> {
  /** Undefined while the instance is being made. */
  instance(): Instance | undefined;
  /** The call that runs in the guest now; undefined if there is none. */
  running(): Fiber<unknown, C> | undefined;
  /** Checks the time of whoever computes. @throws what `checkTime` throws */
  tick(): void;
  /** Charges for the host's work on this number of bytes. @throws what `checkTime` throws */
  spend(bytes: number): void;
}

/** What an engine gives its guest, and what it does with it. */
export interface EngineOptions<C = undefined> {
  /** The functions of our own import module, except the one with which the guest asks. @default none */
  functions?: Readonly<Record<string, HostFunction<C>>>;
  /** Those of them in which the guest may have to wait: then they return undefined. @default none */
  pausing?: Readonly<Record<string, HostFunction<C>>>;
  /** The imports from `env`. The guest may call them at any time, also while it is being made. */
  env?: Readonly<Record<string, (link: Pick<Link<C>, "instance" | "running">, ...args: number[]) => number>>;
  /** All imports of a guest that does not follow our ABI, in place of the two above. */
  link?(link: Link<C>): Imports;
  /** Bytes for the frames of one suspended call, if they are kept. @default 4096 */
  unwindAreaSize?: number;
  /** The answer for a guest whose `perform` threw or rejected. */
  answerTo(error: unknown): Uint8Array;
  /** Converts the error that ended a guest to the error with which its call rejects. @default GUEST_TRAPPED */
  toRejection?(error: unknown, instance: Instance | undefined): unknown;
}
