/**
 * The compiler transform that makes an AssemblyScript module suspendable:
 * `asc script.ts --transform http-background/transform`.
 *
 * Two changes to the source, for the library that scripts import:
 *
 * - the module exports the allocator that the host needs;
 * - a call of the library knows its line, for the message of a mistake.
 *
 * Two more to the module, made after the compiler's own optimisation:
 *
 * - Asyncify, narrowed to the imports that suspend. Unrestricted it would instrument everything that
 *   may reach any import, `abort` too, and double the module; `ignore-indirect` would run callbacks twice.
 * - every mutable global is exported, so that the host can save and restore them with the memory of a fiber.
 *
 * @packageDocumentation
 */
import { addAllocEntry } from "./alloc-entry.ts";
import { addCallSites } from "./call-sites.ts";
import { makeSuspendable } from "./suspendable.ts";
import type { Parser } from "./syntax.ts";

type Binaryen = Parameters<typeof makeSuspendable>[0];
type BinaryenModule = Parameters<typeof makeSuspendable>[1];

/**
 * Marks what was transformed: the command line of asc and a project's asconfig.json may both name the transform. Of another
 * copy of this file it is the same.
 */
const DONE = Symbol.for("http-background.transformed");

/** asc makes one of these for a compilation, and puts its own Binaryen on the prototype. */
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
    const runPasses = module.runPasses.bind(module);
    // asc optimises after this hook and clears pass arguments when it does, then calls `runPasses` on
    // this object whether or not there is a pass to run: that call is the only place behind the optimiser.
    module.runPasses = (passes: string[]): void => {
      runPasses(passes);
      if (passes.some((pass) => pass.startsWith("trap-mode"))) return;
      module.runPasses = runPasses;
      makeSuspendable(this.binaryen, module);
    };
  }
}

/** Whether this was asked about the same object before. */
function isMarked(object: object): boolean {
  if (DONE in object) return true;
  Object.defineProperty(object, DONE, { value: true });
  return false;
}
