import { cancelCall, startSleep, type Waiter } from "../seam/calls.ts";
import { report, requireArguments } from "../values/idl.ts";

const timers = new Map<number, Timer>();
let lastNumber = 0;

class Timer implements Waiter {
  readonly number = ++lastNumber;
  readonly #handler: (...args: unknown[]) => unknown;
  readonly #args: readonly unknown[];
  readonly #ms: number;
  readonly #repeats: boolean;
  #call: number;

  constructor(handler: unknown, delay: unknown, args: readonly unknown[], repeats: boolean) {
    // Text is not evaluated: nobody should write code in texts.
    if (typeof handler !== "function") throw new TypeError("the handler of a timer is no function");
    this.#handler = handler as () => unknown;
    this.#args = args;
    // Web IDL's long.
    this.#ms = Math.max(0, Number(delay) | 0);
    this.#repeats = repeats;
    this.#call = startSleep(this.#ms, this);
    timers.set(this.number, this);
  }

  onAnswer(): void {
    if (this.#repeats) this.#call = startSleep(this.#ms, this);
    else timers.delete(this.number);
    try {
      this.#handler(...this.#args);
    } catch (error) {
      report(error);
    }
  }

  clear(): void {
    timers.delete(this.number);
    cancelCall(this.#call);
  }
}

export function setTimeout(handler: unknown, delay?: unknown, ...args: unknown[]): number {
  requireArguments(arguments.length, 1, "setTimeout");
  return new Timer(handler, delay, args, false).number;
}

export function setInterval(handler: unknown, delay?: unknown, ...args: unknown[]): number {
  requireArguments(arguments.length, 1, "setInterval");
  return new Timer(handler, delay, args, true).number;
}

/** Ends a timer of either kind. */
export function clearTimeout(timer?: unknown): void {
  timers.get(Number(timer))?.clear();
}
