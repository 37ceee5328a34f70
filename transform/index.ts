/**
 * The compiler transform that makes an AssemblyScript module suspendable:
 * `asc script.ts --transform http-background/transform`.
 *
 * It makes two changes to the source, for the library that scripts import:
 *
 * - The module exports the allocator that the host needs.
 * - A call of the library knows its line, for the message of a mistake.
 *
 * It makes two changes to the module, after the compiler's own optimisation:
 *
 * - Asyncify, only for the imports that suspend. Otherwise it would instrument everything that may reach any import,
 *   even `abort`, and double the size of the module. With `ignore-indirect`, callbacks would run twice.
 * - Every mutable global is exported, so that the host can save and restore it with the memory of a fiber.
 *
 * @packageDocumentation
 */

import { afterOptimising } from "./after-optimising.ts";
import { addAllocEntry } from "./alloc-entry.ts";
import type { Binaryen, BinaryenModule } from "./binaryen.ts";
import { addCallSites } from "./call-sites.ts";
import { makeSuspendable } from "./suspendable.ts";
import type { Parser } from "./syntax.ts";

/**
 * Marks what was transformed already: the command line of asc and the asconfig.json of a project may both name the
 * transform. Another copy of this file has the same symbol.
 */
const DONE = Symbol.for("http-background.transformed");

/** asc makes one instance for a compilation, and puts its own Binaryen on the prototype. */
export default class SuspendableTransform {
  declare readonly binaryen: Binaryen;

  /** @internal */
  afterParse(parser: Parser): void {
    if (isMarked(parser)) return;
    addAllocEntry(parser);
    addCallSites(parser);
  }

  /** @internal */
  afterCompile(module: BinaryenModule): void {
    if (isMarked(module)) return;
    afterOptimising(module, () => makeSuspendable(this.binaryen, module));
  }
}

/** Marks an object. Returns whether it was marked before. */
function isMarked(object: object): boolean {
  if (DONE in object) return true;
  Object.defineProperty(object, DONE, { value: true });
  return false;
}
