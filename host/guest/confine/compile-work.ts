import { refused } from "./bytes.ts";

/**
 * Most work of V8's baseline compiler for one module: some 2 seconds. It compiles a function when that is first called, with the
 * event loop waiting, and looks at all locals and operands at each branch. What compilers of languages make stays far below.
 */
export const MOST_WORK = 2 ** 26;
/** What a branch costs in itself. */
const BRANCH = 16;

/** How long it takes to compile a module, its charges included. */
export class CompileWork {
  #done = 0;

  /** So many branches where so many values are looked at. @throws HttpBackgroundError BAD_MODULE if that is too much */
  add(values: number, branches: number): void {
    this.#done += branches * (BRANCH + values);
    if (this.#done > MOST_WORK) {
      throw refused("has too many branches, or too many in functions with many locals or operands");
    }
  }
}
