import { EXPORT_ARENA_TOP, GLOBAL_EXPORT_PREFIX } from "../assembly/abi.ts";
import type { Binaryen, BinaryenModule } from "./binaryen.ts";

/** The global in which the stub runtime keeps the end of the memory that is in use. */
const STUB_OFFSET = "~lib/rt/stub/offset";

/**
 * Exports every mutable global, so that the host can save and restore it. Exports get numbers, not names: the names of
 * two globals may become the same when they are flattened.
 */
export function exportMutableGlobals(binaryen: Binaryen, module: BinaryenModule): void {
  for (let index = 0, count = 0; index < module.getNumGlobals(); index++) {
    const info = binaryen.getGlobalInfo(module.getGlobalByIndex(index));
    if (!info.mutable || info.module !== "") continue;
    module.addGlobalExport(info.name, `${GLOBAL_EXPORT_PREFIX}${count++}`);
    if (info.name === STUB_OFFSET) module.addGlobalExport(info.name, EXPORT_ARENA_TOP);
  }
}
