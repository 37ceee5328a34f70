import {
  EXPORT_ARENA_TOP,
  GLOBAL_EXPORT_PREFIX,
  IMPORT_MODULE,
  SUSPENDING_IMPORTS,
} from "../assembly/abi.ts";

/** The global in which the stub runtime keeps the end of the memory that is in use. */
const STUB_OFFSET = "~lib/rt/stub/offset";

/** The part of Binaryen's interface that is used here. asc and the host load the same library in different ways. */
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

/** Instruments `module` so that the host can suspend it, and exports the globals that the host must keep meanwhile. */
export function makeSuspendable(binaryen: Binaryen, module: BinaryenModule): void {
  exportMutableGlobals(binaryen, module);
  const imports = SUSPENDING_IMPORTS.map((name) => `${IMPORT_MODULE}.${name}`);
  binaryen.setPassArgument("asyncify-imports", imports.join(","));
  try {
    module.runPasses(["asyncify"]);
  } catch (cause) {
    // Binaryen throws only a number, without a message.
    const reason = "a function that calls http_background holds a reference (funcref, externref) meanwhile";
    throw new Error(`Asyncify failed, most likely because ${reason}: only numbers can be kept`, { cause });
  } finally {
    binaryen.clearPassArguments();
  }
  // The optimiser must run again after this pass. With it, a module of 26 KB becomes 29 KB, without it 38 KB. The
  // levels are the same as before.
  if (binaryen.getOptimizeLevel() > 0) module.optimize();
}

/** Exports get numbers, not names: the names of two globals may become the same when they are flattened. */
function exportMutableGlobals(binaryen: Binaryen, module: BinaryenModule): void {
  for (let index = 0, count = 0; index < module.getNumGlobals(); index++) {
    const info = binaryen.getGlobalInfo(module.getGlobalByIndex(index));
    if (!info.mutable || info.module !== "") continue;
    module.addGlobalExport(info.name, `${GLOBAL_EXPORT_PREFIX}${count++}`);
    if (info.name === STUB_OFFSET) module.addGlobalExport(info.name, EXPORT_ARENA_TOP);
  }
}
