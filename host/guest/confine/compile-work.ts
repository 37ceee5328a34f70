import { refused } from "./bytes.ts";
import type { Signature } from "./types.ts";

/**
 * Maximum work of V8's baseline compiler for one module: about 2 seconds. It compiles a function at its first call,
 * while the event loop waits. At each branch it looks at all locals and operands. Modules of real compilers stay far
 * below.
 */
export const MOST_WORK = 2 ** 27;
/**
 * Maximum for one function: about 20 ms. Nothing can interrupt it. Interpreters of other languages have functions that
 * need a third of it.
 */
export const MOST_FUNCTION_WORK = 2 ** 21;

/** The cost of a function without its bytes. */
const FUNCTION = 256;
const BRANCH = 50;
/** For each result of a call, the compiler looks at all values that the call moves. */
const LOOKED_AT_SHIFT = 2;

/** Counts the work to compile a module, including its charges. A unit is about 20 ns, like the slowest unit of fuel. */
export class CompileWork {
  #done = 0;
  #ofFunction = 0;

  /** Begins another function. */
  beginFunction(): void {
    this.#ofFunction = 0;
    this.add(FUNCTION);
  }

  /** The work of the current function. */
  get ofFunction(): number {
    return this.#ofFunction;
  }

  /** @throws HttpBackgroundError BAD_MODULE if it is too much now */
  add(work: number): void {
    this.#done += work;
    this.#ofFunction += work;
    if (this.#ofFunction > MOST_FUNCTION_WORK) {
      throw refused(
        "has a function that takes too long to compile: it has too much code, or too many branches",
      );
    }
    if (this.#done > MOST_WORK) {
      throw refused(
        "has too much code, too many branches, or too many in functions with many locals or operands",
      );
    }
  }

  /** Adds branches. At each of them, the compiler looks at `values` values. */
  addBranches(values: number, branches: number): void {
    this.add(branches * (BRANCH + values));
  }

  addCall({ parameters, results }: Signature): void {
    this.add((results.length * (parameters.length + results.length)) >>> LOOKED_AT_SHIFT);
  }
}
