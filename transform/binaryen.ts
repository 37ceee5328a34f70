/** The part of Binaryen's interface that is used here. asc and the host load the same library in different ways. */
export interface Binaryen {
  getGlobalInfo(ref: number): { name: string; module: string; mutable: boolean };
  setPassArgument(key: string, value: string | null): void;
  clearPassArguments(): void;
  getOptimizeLevel(): number;
}

export interface BinaryenModule {
  runPasses(passes: string[]): void;
  optimize(): void;
  getNumGlobals(): number;
  getGlobalByIndex(index: number): number;
  addGlobalExport(internalName: string, externalName: string): void;
  addCustomSection(name: string, contents: Uint8Array): void;
}
