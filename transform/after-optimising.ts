import type { BinaryenModule } from "./binaryen.ts";

/**
 * Does some work on a module after asc has optimised it. For `afterCompile`.
 *
 * asc optimises after that hook, and this clears the pass arguments. Then it always calls `runPasses` on this object,
 * even if there is no pass to run. Only this call comes after the optimiser.
 */
export function afterOptimising(module: BinaryenModule, work: () => void): void {
  const runPasses = module.runPasses.bind(module);
  module.runPasses = (passes: string[]): void => {
    runPasses(passes);
    if (passes.some((pass) => pass.startsWith("trap-mode"))) return;
    module.runPasses = runPasses;
    work();
  };
}
