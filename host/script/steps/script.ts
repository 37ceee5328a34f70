import type { MessagePort } from "node:worker_threads";
import type { DetachedFiber } from "../../guest/engine/instance.ts";
import type { EngineImage } from "../../guest/javascript/module-rules.ts";
import type { Limits } from "../blame/limits.ts";
import type { Segment } from "../pages/pages.ts";
import type { Batch } from "./codes.ts";

/** What a worker needs of a script. */
export type ComputableScript = (WasmScript | JavaScriptScript) & {
  readonly limits: Limits;
};

/** A script that is a module of WebAssembly. */
export interface WasmScript {
  /** The confined module. */
  readonly module: WebAssembly.Module;
  /** Random bytes. From them follows what its start function gets from `seed`. */
  readonly key: Uint8Array;
}

/** A script in JavaScript. All of a runtime have one engine. */
export interface JavaScriptScript {
  readonly engine: EngineImage;
  readonly image: DetachedFiber;
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
export interface Order extends Batch {
  readonly notices: readonly Notice[];
  /** Memory that the worker did not know. */
  readonly segments: readonly Segment[];
  /** The ids of segments that there are no more. */
  readonly dropped: readonly number[];
  /** Pages that the worker may fill. */
  readonly lent: readonly number[];
  /** Whether the owner has read a report that waits for this. */
  readonly isSeen: boolean;
}

/** A message of a worker: ends of steps. The pages that they name are not lent any more. */
export interface Report extends Batch {
  /** Whether the worker computes nothing until the owner has read this: it has posted so much, or has too few pages. */
  readonly isWaiting: boolean;
}

/** What all workers of a runtime have in common. */
export interface WorkerSetup {
  /** The plugin's module. */
  readonly plugin: WebAssembly.Module;
  /** The ids of threads that calls may name. */
  readonly threads: readonly string[];
  /** A worker computes only if it was lent so many pages, or if there are no more. */
  readonly pagesForStep: number;
}

/** What a worker gets when it starts. */
export interface WorkerData extends WorkerSetup {
  /** The memory of its board. */
  readonly board: SharedArrayBuffer;
  readonly port: MessagePort;
}
