/**
 * The compiler transform for the plugin's own guest, which returns while it waits. It needs no Asyncify: every mutable
 * global is exported, and the module says which version of the ABI it has.
 *
 * @packageDocumentation
 */
import { ABI_SECTION, ABI_VERSION } from "../assembly/abi.ts";
import { afterOptimising } from "./after-optimising.ts";
import type { Binaryen, BinaryenModule } from "./binaryen.ts";
import { exportMutableGlobals } from "./mutable-globals.ts";

/** asc makes one instance for a compilation, and puts its own Binaryen on the prototype. */
export default class PluginTransform {
  declare readonly binaryen: Binaryen;

  /** @internal */
  afterCompile(module: BinaryenModule): void {
    afterOptimising(module, () => {
      exportMutableGlobals(this.binaryen, module);
      module.addCustomSection(ABI_SECTION, Buffer.from(String(ABI_VERSION)));
    });
  }
}
