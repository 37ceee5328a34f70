import { refused } from "./bytes.ts";
import type { Signature } from "./types.ts";

/**
 * Most work of V8's baseline compiler for one module: some 2 seconds. It compiles a function when that is first called, with the
 * event loop waiting, and looks at all locals and operands at each branch. What compilers of languages make stays far below.
 */
export const MOST_WORK = 2 ** 27;
/** For one function, which nothing can interrupt: some 20 ms. Interpreters of other languages have some that need a third. */
export const MOST_FUNCTION_WORK = 2 ** 21;

/** What a function costs before its first byte. */
const FUNCTION = 256;
const BRANCH = 50;
/** For every result of a call all values are looked at that it moves. */
const LOOKED_AT_SHIFT = 2;

/** How long it takes to compile a module, its charges included. A unit is some 20 ns, as the worst unit of fuel. */
export class CompileWork {
  #done = 0;
  #ofFunction = 0;

  /** What comes from now on is another function's. */
  beginFunction(): void {
    this.#ofFunction = 0;
    this.add(FUNCTION);
  }

  /** Of the function that is read now. */
  get ofFunction(): number {
    return this.#ofFunction;
  }

  /** @throws HttpBackgroundError BAD_MODULE if that is too much */
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

  /** So many branches where so many values are looked at. */
  addBranches(values: number, branches: number): void {
    this.add(branches * (BRANCH + values));
  }

  addCall({ parameters, results }: Signature): void {
    this.add((results.length * (parameters.length + results.length)) >>> LOOKED_AT_SHIFT);
  }
}
