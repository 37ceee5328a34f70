import binaryen from "binaryen";
import { makeSuspendable } from "../../transform/suspendable.ts";

export interface Assembling {
  /** Whether the module is made suspendable, like the compiler transform does. @default true */
  isSuspendable?: boolean;
  /** Whether it may use reference types. @default false */
  hasReferences?: boolean;
  /** Level of the optimisation after Asyncify. @default 1 */
  optimizeLevel?: number;
}

/** Assembles the text of a module's parts. */
export function assemble(
  wat: string,
  { isSuspendable = true, hasReferences = false, optimizeLevel = 1 }: Assembling = {},
): Uint8Array<ArrayBuffer> {
  const module = binaryen.parseText(`(module ${wat})`);
  try {
    const refused = binaryen.Features.GC | (hasReferences ? 0 : binaryen.Features.ReferenceTypes);
    module.setFeatures(binaryen.Features.All & ~refused);
    binaryen.setOptimizeLevel(optimizeLevel);
    if (isSuspendable) {
      makeSuspendable(binaryen as unknown as Parameters<typeof makeSuspendable>[0], module);
    }
    return Uint8Array.from(module.emitBinary());
  } finally {
    module.dispose();
  }
}
