// The types of WebAssembly that we use. Node's types do not have them; TypeScript has them only together with the
// browser's globals.
declare namespace WebAssembly {
  type ImportExportKind = "function" | "global" | "memory" | "table" | "tag";

  interface ValueTypeMap {
    i32: number;
    i64: bigint;
    f32: number;
    f64: number;
  }

  class Module {
    constructor(bytes: Uint8Array<ArrayBuffer>);
    static exports(module: Module): { name: string; kind: ImportExportKind }[];
    static imports(module: Module): { module: string; name: string; kind: ImportExportKind }[];
    static customSections(module: Module, name: string): ArrayBuffer[];
  }

  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>);
    readonly exports: Record<string, unknown>;
  }

  class RuntimeError extends Error {}

  class Memory {
    constructor(descriptor: { initial: number; maximum?: number });
    readonly buffer: ArrayBuffer;
    grow(pages: number): number;
  }

  class Table {
    private constructor();
    set(index: number, value: unknown): void;
  }

  class Global<T extends keyof ValueTypeMap = keyof ValueTypeMap> {
    private constructor();
    value: ValueTypeMap[T];
  }

  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
}
