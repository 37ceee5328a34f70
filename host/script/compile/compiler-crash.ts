import { WASM_PAGE } from "../../guest/parked/memory.ts";

/** Bytes of WebAssembly memory that the compiler may have. The limits of a thread do not count this memory. */
const MOST_BYTES = 2 ** 30;
const TOO_LARGE = `it needs more than ${MOST_BYTES / 2 ** 30} GiB of memory`;

let isFull = false;

/** The compiler has crashed. It is WebAssembly, and cannot be used any more. */
export class CompilerCrash extends Error {
  constructor(lastWords: string) {
    super(isFull ? TOO_LARGE : lastWords);
  }
}

/**
 * In this thread, which only compiles, no memory of WebAssembly grows beyond its limit. The compiler asks for it by this
 * method, and is told that there is none.
 */
export function boundMemory(): void {
  const { grow } = WebAssembly.Memory.prototype;
  WebAssembly.Memory.prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    isFull = this.buffer.byteLength + pages * WASM_PAGE > MOST_BYTES;
    if (isFull) throw new RangeError(TOO_LARGE);
    return grow.call(this, pages);
  };
}

/** Whether the compiler may be in a state that nobody has thought of: something ended it in the middle. */
export function isCrash(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const isSudden =
    error instanceof CompilerCrash ||
    error instanceof RangeError ||
    error instanceof WebAssembly.RuntimeError;
  return isSudden || (error.cause !== undefined && isCrash(error.cause));
}
