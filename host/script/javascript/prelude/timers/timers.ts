import { cancelCall, startSleep } from "../seam/calls.ts";
import { report, requireArguments } from "../values/idl.ts";

/** The calls of the timers that are set. */
const calls = new Map<number, number>();
let timers = 0;

export function setTimeout(handler: unknown, delay?: unknown, ...args: unknown[]): number {
  requireArguments(arguments.length, 1, "setTimeout");
  const run = runnerOf(handler, args);
  const timer = ++timers;
  const end = () => {
    calls.delete(timer);
    run();
  };
  calls.set(timer, startSleep(msOf(delay), end));
  return timer;
}

export function setInterval(handler: unknown, delay?: unknown, ...args: unknown[]): number {
  requireArguments(arguments.length, 1, "setInterval");
  const run = runnerOf(handler, args);
  const timer = ++timers;
  const ms = msOf(delay);
  const repeat = () => {
    calls.set(timer, startSleep(ms, repeat));
    run();
  };
  calls.set(timer, startSleep(ms, repeat));
  return timer;
}

/** Ends a timer of either kind. */
export function clearTimeout(timer?: unknown): void {
  const number = Number(timer);
  const call = calls.get(number);
  if (call === undefined) return;
  calls.delete(number);
  cancelCall(call);
}

/** Web IDL's long. */
function msOf(delay: unknown): number {
  return Math.max(0, Number(delay) | 0);
}

/** Text is not evaluated: nobody should write code in texts. */
function runnerOf(handler: unknown, args: readonly unknown[]): () => void {
  if (typeof handler !== "function") throw new TypeError("the handler of a timer is no function");
  return () => {
    try {
      handler(...args);
    } catch (error) {
      report(error);
    }
  };
}
