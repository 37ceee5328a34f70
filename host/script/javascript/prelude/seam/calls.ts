import { host, shared } from "./host.ts";

/** Who waits for a call. It is an object of a class, because that is smaller than a closure. */
export interface Waiter {
  onAnswer(answer: ArrayBuffer): void;
}

/** By the number of the call. */
const waiters = new Map<number, Waiter>();

/** Called by the engine with each answer. */
shared.__answer = (call: number, answer: ArrayBuffer): void => {
  const waiter = waiters.get(call);
  waiters.delete(call);
  waiter?.onAnswer(answer);
};

/** Asks the host for a transfer. @returns The number of the call */
export function startCall(request: ArrayBuffer, waiter: Waiter): number {
  const call = host.call(request);
  waiters.set(call, waiter);
  return call;
}

/** @returns The number of the call, which is answered when the time has passed */
export function startSleep(ms: number, waiter: Waiter): number {
  const call = host.sleep(ms);
  waiters.set(call, waiter);
  return call;
}

/** Ends a call. Nobody hears of it any more. */
export function cancelCall(call: number): void {
  if (waiters.delete(call)) host.cancel(call);
}
