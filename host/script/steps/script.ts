import type { Limits } from "../blame/limits.ts";

/** What a worker needs of a script. */
export interface ComputableScript {
  /** The confined module. */
  readonly module: WebAssembly.Module;
  readonly limits: Limits;
}

/** What a worker is told, besides steps. */
export interface Notice {
  readonly add?: { readonly id: number; readonly script: ComputableScript };
  /** The id of a script that nobody has any more. */
  readonly remove?: number;
  /** The number of a run that is over, or that goes on in another worker. */
  readonly forget?: number;
}

/** A message to a worker: first notices, then steps. */
export interface Order {
  readonly notices: readonly Notice[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly shared: readonly SharedArrayBuffer[];
}

/** What a worker gets when it starts. */
export interface WorkerSetup {
  readonly board: SharedArrayBuffer;
  /** The plugin's module. */
  readonly plugin: WebAssembly.Module;
  /** The ids of threads that calls may name. */
  readonly threads: readonly string[];
}
