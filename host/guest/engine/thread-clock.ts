import { openSync, readSync } from "node:fs";

/** The first number is the CPU time of the thread that opened the file, in nanoseconds. Linux has it. */
const FILE = "/proc/thread-self/schedstat";
const NS_IN_MS = 1e6;
const SPACE = 0x20;
const ZERO = 0x30;

/** Opens the system's count of this thread's CPU time, which gives milliseconds. Node closes the file with the thread. */
export function openThreadClock(): (() => number) | undefined {
  const digits = new Uint8Array(32);
  try {
    const file = openSync(FILE, "r");
    const read = () => {
      const length = readSync(file, digits, 0, digits.length, 0);
      let ns = 0;
      for (let i = 0; i < length && digits[i] !== SPACE; i++) ns = ns * 10 + (digits[i] as number) - ZERO;
      return ns / NS_IN_MS;
    };
    return read() > 0 ? read : undefined;
  } catch {
    return undefined;
  }
}
