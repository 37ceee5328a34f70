import {
  EXPORT_ARENA_TOP,
  GLOBAL_EXPORT_PREFIX,
  IMPORT_MODULE,
  SUSPENDING_IMPORTS,
} from "../assembly/abi.ts";

/** Where the stub runtime keeps the end of what it has handed out. */
const STUB_OFFSET = "~lib/rt/stub/offset";

/** What of Binaryen's interface is used here; asc and the host bring the same library by different ways. */
interface Binaryen {
  getGlobalInfo(ref: number): { name: string; module: string; mutable: boolean };
  setPassArgument(key: string, value: string | null): void;
  clearPassArguments(): void;
  getOptimizeLevel(): number;
}

interface BinaryenModule {
  runPasses(passes: string[]): void;
  optimize(): void;
  getNumGlobals(): number;
  getGlobalByIndex(index: number): number;
  addGlobalExport(internalName: string, externalName: string): void;
}

/** Instruments `module` so that its calls of the imports that suspend can be, and exports what has to be kept meanwhile. */
export function makeSuspendable(binaryen: Binaryen, module: BinaryenModule): void {
  exportMutableGlobals(binaryen, module);
  const imports = SUSPENDING_IMPORTS.map((name) => `${IMPORT_MODULE}.${name}`);
  binaryen.setPassArgument("asyncify-imports", imports.join(","));
  try {
    module.runPasses(["asyncify"]);
  } catch (cause) {
    // Binaryen throws a number of its own, and has nothing to say.
    const reason = "a function that calls http_background holds a reference (funcref, externref) meanwhile";
    throw new Error(`Asyncify failed, most likely because ${reason}: only numbers can be kept`, { cause });
  } finally {
    binaryen.clearPassArguments();
  }
  // The pass leaves code that only the optimiser folds: 38 KB without it, 29 KB with it, on a 26 KB module.
  // The levels are the ones that the module was optimised with before.
  if (binaryen.getOptimizeLevel() > 0) module.optimize();
}

/** Exports go by number: a source may give two globals names that collide once they are flattened. */
function exportMutableGlobals(binaryen: Binaryen, module: BinaryenModule): void {
  for (let index = 0, count = 0; index < module.getNumGlobals(); index++) {
    const info = binaryen.getGlobalInfo(module.getGlobalByIndex(index));
    if (!info.mutable || info.module !== "") continue;
    module.addGlobalExport(info.name, `${GLOBAL_EXPORT_PREFIX}${count++}`);
    if (info.name === STUB_OFFSET) module.addGlobalExport(info.name, EXPORT_ARENA_TOP);
  }
}
