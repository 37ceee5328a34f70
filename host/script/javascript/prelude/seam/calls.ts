import { host, shared } from "./host.ts";

type OnAnswer = (answer: ArrayBuffer) => void;

/** Who waits for which call. */
const waiting = new Map<number, OnAnswer>();

/** Called by the engine with each answer. */
shared.__answer = (call: number, answer: ArrayBuffer): void => {
  const onAnswer = waiting.get(call);
  waiting.delete(call);
  onAnswer?.(answer);
};

/** Asks the host for a transfer. @returns The number of the call */
export function startCall(request: ArrayBuffer, onAnswer: OnAnswer): number {
  return remember(host.call(request), onAnswer);
}

/** @returns The number of the call */
export function startSleep(ms: number, onEnd: () => void): number {
  return remember(host.sleep(ms), onEnd);
}

/** Ends a call. Nobody hears of it any more. */
export function cancelCall(call: number): void {
  if (waiting.delete(call)) host.cancel(call);
}

function remember(call: number, onAnswer: OnAnswer): number {
  waiting.set(call, onAnswer);
  return call;
}
