import { Lru } from "../../collections/lru.ts";
import { refused } from "../../guest/confine/bytes.ts";
import { OffsetMap, type OffsetTable } from "../../guest/confine/offset-map.ts";
import { type ErrorRecord, recordError, restoreError } from "../blame/error-record.ts";
import { ScriptError } from "../blame/errors.ts";
import { isAllocationFailure } from "../blame/limits.ts";
import { JobFailure, type JobTrouble } from "../jobs/job.ts";
import { JobPool, type PoolOptions } from "../jobs/job-pool.ts";
import { checkSize } from "./confined-guest.ts";
import { hashOf } from "./hash.ts";
import { type LoadJob, type LoadLimits, type LoadOutcome, loadModule } from "./load-job.ts";

/** Threads that load modules. The slowest module that is accepted computes for about a second. */
const THREADS = {
  code: new URL("./load-thread.js", import.meta.url),
  size: 2,
  longestMs: 30_000,
  patienceMs: 1000,
  isBare: true,
  resourceLimits: { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 },
} as const;

/** How many bytes of compiled modules are kept. */
const MOST_KEPT = 32 << 20;

/** A loaded module. */
export interface LoadedModule {
  /** The confined module. Threads can share it. */
  readonly module: WebAssembly.Module;
  readonly entries: readonly string[];
  /** Converts positions in it to positions in the original module. */
  readonly offsets: OffsetMap;
  /** Bytes of the original module. */
  readonly originalSize: number;
  /** Bytes that are kept for it: the confined module and its offsets. */
  readonly size: number;
}

/** A module whose first instance has failed. */
export interface UnstartedModule {
  readonly error: Error;
  readonly offsets: OffsetMap;
}

interface FailedLoad {
  readonly error: ErrorRecord;
  /** Missing if there was no instance. */
  readonly offsets: OffsetMap | undefined;
}

/** Makes modules suspendable. */
export interface Transformer {
  /** @param bytes In memory that threads share. @returns Bytes in such memory */
  makeSuspendable(bytes: Uint8Array): Promise<Uint8Array>;
}

/** The memory for modules that are loaded now. */
export interface Room {
  /** Loads a module of so many bytes, when there is room for it. */
  load<T>(size: number, load: () => Promise<T>): Promise<T>;
}

export interface LoaderOptions {
  /** Whether other threads do it. Else the thread of the caller waits. */
  readonly isElsewhere: boolean;
  readonly room: Room;
  /** Other threads, for tests. */
  readonly threads?: Partial<PoolOptions>;
  /** Bytes of compiled modules that are kept. @default 32 MiB */
  readonly mostKept?: number;
}

const TROUBLES: Readonly<Record<JobTrouble, string>> = {
  slow: "takes too long to load",
  memory: "needs too much memory to load",
  died: "was not loaded, because the thread that loaded it has ended",
};

/** Loads modules that nobody trusts, for one runtime. What was loaded is kept, so the same bytes are compiled once. */
export class ModuleLoader {
  readonly #limits: LoadLimits;
  readonly #transformer: Transformer;
  readonly #room: Room;
  readonly #threads: JobPool<LoadJob, LoadOutcome> | undefined;
  /** By the hash of their bytes. */
  readonly #loaded: Lru<string, LoadedModule>;
  readonly #loading = new Map<string, Promise<LoadedModule | FailedLoad>>();

  constructor(limits: LoadLimits, transformer: Transformer, options: LoaderOptions) {
    const { isElsewhere, room, threads, mostKept = MOST_KEPT } = options;
    const { memoryPages, stackBytes } = limits;
    this.#limits = { memoryPages, stackBytes };
    this.#transformer = transformer;
    this.#room = room;
    this.#threads = isElsewhere ? new JobPool({ ...THREADS, ...threads }) : undefined;
    this.#loaded = new Lru(mostKept, { weigh: ({ size }) => size });
  }

  /**
   * @param bytes They are copied before this returns.
   * @throws HttpBackgroundError BAD_MODULE; ScriptError CLOSED, MEMORY_LIMIT, and what the transformer throws
   */
  async load(bytes: Uint8Array): Promise<LoadedModule | UnstartedModule> {
    checkSize(bytes);
    const given = copy(bytes);
    const hash = await hashOf(given);
    const result = this.#loaded.get(hash) ?? (await this.#loadOnce(hash, given));
    if ("module" in result) return result;
    // Each caller gets an error of its own.
    const error = restoreError(result.error);
    if (result.offsets === undefined) throw isAllocationFailure(error) ? noMemory(error) : error;
    return { error, offsets: result.offsets };
  }

  /** Ends all threads. What they load rejects with CLOSED. */
  async close(): Promise<void> {
    await this.#threads?.close();
  }

  /** All who ask for the same bytes meanwhile get the same result. */
  #loadOnce(hash: string, bytes: Uint8Array): Promise<LoadedModule | FailedLoad> {
    let loading = this.#loading.get(hash);
    if (loading === undefined) {
      loading = this.#load(bytes).then((result) => {
        this.#loading.delete(hash);
        if ("module" in result) this.#loaded.set(hash, result);
        return result;
      });
      this.#loading.set(hash, loading);
    }
    return loading;
  }

  async #load(bytes: Uint8Array): Promise<LoadedModule | FailedLoad> {
    try {
      return await this.#room.load(bytes.length, () => this.#loadNow(bytes));
    } catch (error) {
      return { error: recordError(error), offsets: undefined };
    }
  }

  async #loadNow(bytes: Uint8Array): Promise<LoadedModule | FailedLoad> {
    const limits = this.#limits;
    let outcome = await this.#do({ bytes, limits, isTransformed: false });
    if (outcome.kind === "unsuspendable") {
      const suspendable = await this.#transformer.makeSuspendable(bytes);
      outcome = await this.#do({ bytes: suspendable, limits, isTransformed: true });
    }
    return resultOf(outcome, bytes.length);
  }

  async #do(job: LoadJob): Promise<LoadOutcome> {
    if (this.#threads === undefined) return loadModule(job);
    try {
      return await this.#threads.do(job);
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error;
      throw refused(`${TROUBLES[error.trouble]}: ${error.message}`);
    }
  }
}

function resultOf(outcome: LoadOutcome, originalSize: number): LoadedModule | FailedLoad {
  switch (outcome.kind) {
    case "loaded": {
      const { module, entries, offsets } = outcome;
      const size = outcome.size + sizeOf(offsets);
      return { module, entries, offsets: new OffsetMap(offsets), originalSize, size };
    }
    case "unstarted":
      return { error: outcome.error, offsets: new OffsetMap(outcome.offsets) };
    case "refused":
      return { error: outcome.error, offsets: undefined };
    case "unsuspendable":
      return { error: recordError(refused("cannot be suspended")), offsets: undefined };
  }
}

function sizeOf({ rewritten, original, functions }: OffsetTable): number {
  return rewritten.byteLength + original.byteLength + functions.byteLength;
}

/** A copy that threads share, and that its owner cannot change. @throws ScriptError MEMORY_LIMIT */
function copy(bytes: Uint8Array): Uint8Array {
  try {
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    return shared;
  } catch (cause) {
    throw noMemory(cause);
  }
}

function noMemory(cause: unknown): ScriptError {
  return new ScriptError("MEMORY_LIMIT", "the module was not loaded: there is not enough memory", { cause });
}
