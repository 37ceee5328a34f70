import type { Limit } from "./bytes.ts";

const limit = (most: number, what: string): Limit => ({ most, what });

/**
 * The maximum of everything that a module may have. Each thing costs the host time or memory: when the module is
 * loaded, at its first call, or whenever an instance is made. Modules of real compilers stay far below.
 * docs/script-runtime.md has the same table.
 */
export const MOST = {
  types: limit(10_000, "types"),
  /** V8 has the same limit for parameters and for results. */
  parameters: limit(1000, "parameters or results of a function"),
  imports: limit(1000, "imports"),
  functions: limit(65_536, "functions"),
  memories: limit(1, "memory"),
  tables: limit(64, "tables"),
  /** For all tables together. Tables cannot grow. */
  tableElements: limit(65_536, "elements in its tables"),
  mutableGlobals: limit(4096, "mutable globals"),
  globals: limit(16_384, "globals"),
  exports: limit(16_384, "exports"),
  entries: limit(1024, "entries: exported functions without parameters"),
  elementSegments: limit(16_384, "element segments"),
  /**
   * For all segments together. Each element is written whenever an instance is made, and many may go to the same slot.
   */
  segmentElements: limit(65_536, "elements in its element segments"),
  dataSegments: limit(65_536, "data segments"),
  /** For all globals and segments together. Constants are computed whenever an instance is made. */
  constants: limit(131_072, "instructions that compute constants"),
  locals: limit(40_000, "locals and parameters of a function"),
  branchTargets: limit(32_768, "targets of a br_table"),
  customSections: limit(1000, "custom sections"),
  nameBytes: limit(16_384, "bytes in a name"),
} as const satisfies Readonly<Record<string, Limit>>;
