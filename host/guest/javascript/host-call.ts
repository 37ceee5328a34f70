import type { Fiber } from "../engine/fiber.ts";
import type { JavaScriptSuspension } from "./javascript-suspension.ts";

/** The types of arguments: text, the same as UTF-8, the same or bytes, text or nothing, a number, true or false, bytes, where bytes lie. */
type Taken = {
  text: string;
  utf8: Buffer;
  output: Buffer;
  maybe: string | undefined;
  number: number;
  flag: boolean;
  bytes: Buffer;
  place: Place;
};
export type Kind = keyof Taken;

/** Bytes in the guest's memory. */
export interface Place {
  readonly ptr: number;
  readonly length: number;
}

/** What a function of the host can return. Bytes are copied into the guest. */
export type Given = string | number | boolean | undefined | Uint8Array;

/** Who calls. There is no fiber while a script is loaded. */
export interface Caller<C> {
  readonly fiber: Fiber<unknown, C> | undefined;
  readonly suspension: JavaScriptSuspension;
  /** Charges for the host's work on this number of bytes. */
  spend(bytes: number): void;
}

/** The same in a run. */
export interface RunningCaller<C> extends Caller<C> {
  readonly fiber: Fiber<unknown, C>;
}

/** A function that the prelude or the kernel can call. */
export interface HostCall<C> {
  readonly takes: readonly Kind[];
  /** Whether its result depends on its arguments alone. @default false: it needs a run */
  readonly isPure?: boolean;
  /**
   * @throws GuestMistake, which is thrown into the script; another error ends the guest
   */
  // biome-ignore lint/suspicious/noExplicitAny: the types of the arguments are those of `takes`
  run(args: any[], caller: Caller<C>): Given;
}

/** The types of the arguments of a function are those that it names. */
export function hostCall<C, const K extends readonly Kind[]>(
  takes: K,
  run: (args: { -readonly [I in keyof K]: Taken[K[I]] }, caller: RunningCaller<C>) => Given,
): HostCall<C> {
  return { takes, run: run as HostCall<C>["run"] };
}

/** The same for a function that needs no run. */
export function pureCall<C, const K extends readonly Kind[]>(
  takes: K,
  run: (args: { -readonly [I in keyof K]: Taken[K[I]] }, caller: Caller<C>) => Given,
): HostCall<C> {
  return { takes, isPure: true, run: run as HostCall<C>["run"] };
}

/** A mistake of whoever called the host. The message is thrown into the script. */
export class GuestMistake extends Error {
  readonly kind: "TypeError" | "RangeError";

  constructor(message: string, kind: "TypeError" | "RangeError" = "TypeError") {
    super(message);
    this.kind = kind;
  }
}
