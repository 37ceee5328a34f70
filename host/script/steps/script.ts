import type { Limits } from "../blame/limits.ts";

/** A script, for those who compute: what can be sent to another thread. */
export interface ComputableScript {
  /** Confined, and compiled. */
  readonly module: WebAssembly.Module;
  readonly limits: Limits;
}

/** What a worker is told beside steps. */
export interface Notice {
  readonly add?: { readonly id: number; readonly script: ComputableScript };
  /** A script that nobody has any more. */
  readonly remove?: number;
  /** A run that is over, or goes on elsewhere. */
  readonly forget?: number;
}

/** What is posted to a worker: notices first, then steps. */
export interface Order {
  readonly notices: readonly Notice[];
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly shared: readonly SharedArrayBuffer[];
}

/** What a worker is made with. */
export interface WorkerSetup {
  readonly board: SharedArrayBuffer;
  /** The plugin's module. */
  readonly plugin: WebAssembly.Module;
  /** Ids of the threads that calls may name. */
  readonly threads: readonly string[];
}
