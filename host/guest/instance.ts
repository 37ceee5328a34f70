import { instantiateSync } from "@assemblyscript/loader";
import { EXPORT_ALLOC, EXPORT_ARENA_TOP, IMPORT_MODULE, RECORD_HEADER_SIZE } from "../../assembly/abi.ts";
import { ArenaImage } from "./arena-image.ts";
import type { Image, Parked } from "./image.ts";
import { GuestMemory } from "./memory.ts";
import type { GuestModule } from "./module.ts";
import { PageImage } from "./page-image.ts";
import type { Parking } from "./parking.ts";
import { UnwindArea } from "./unwind-area.ts";

/** A host function that does not suspend. Pointers are the guest's: `memory` checks them. */
export type HostFunction = (memory: GuestMemory, ...args: number[]) => number | undefined;

type Export = (...args: number[]) => number;
type GlobalValue = number | bigint;

/** Everything that a suspended fiber is. */
export interface ParkedFiber {
  readonly bytes: Parked;
  readonly globals: readonly GlobalValue[];
}

/** One live instance of a guest, pristine or in the middle of a call. Knows nothing of fibers. */
export class Instance {
  readonly memory: GuestMemory;
  readonly area: UnwindArea;
  readonly image: Image;
  readonly startUnwind: Export;
  readonly stopUnwind: Export;
  readonly startRewind: Export;
  readonly stopRewind: Export;
  readonly getState: Export;
  private readonly exports: Record<string, unknown>;
  private readonly globals: readonly WebAssembly.Global<keyof WebAssembly.ValueTypeMap>[];
  private readonly pristineGlobals: readonly GlobalValue[];
  private readonly pristineSize: number;
  private readonly allocate: Export;

  /** @param suspend What the import that suspends does; see `Fiber`. */
  constructor(
    guest: GuestModule,
    functions: Readonly<Record<string, HostFunction>>,
    suspend: (ptr: number, len: number) => number,
    unwindAreaSize: number,
  ) {
    const own: Record<string, unknown> = {};
    for (const [name, call] of Object.entries(functions)) {
      own[name] = (...args: number[]) => call(this.memory, ...args);
    }
    if (guest.suspendingImport !== undefined) own[guest.suspendingImport] = suspend;
    // The loader keeps the objects that it is given and writes to them: fresh ones for each instance.
    const { instance } = instantiateSync(guest.module, { env: {}, [IMPORT_MODULE]: own });
    this.exports = instance.exports;
    this.memory = new GuestMemory(instance.exports.memory as WebAssembly.Memory);
    this.allocate = this.function(EXPORT_ALLOC);
    this.startUnwind = this.function("asyncify_start_unwind");
    this.stopUnwind = this.function("asyncify_stop_unwind");
    this.startRewind = this.function("asyncify_start_rewind");
    this.stopRewind = this.function("asyncify_stop_rewind");
    this.getState = this.function("asyncify_get_state");
    this.area = new UnwindArea(this.memory, this.allocate(unwindAreaSize) >>> 0, unwindAreaSize);
    this.globals = guest.globals.map((name) => instance.exports[name] as (typeof this.globals)[number]);
    this.pristineGlobals = this.globals.map((global) => global.value as GlobalValue);
    this.pristineSize = this.memory.bytes.length;
    const top = instance.exports[EXPORT_ARENA_TOP] as WebAssembly.Global<"i32">;
    this.image = guest.hasArena ? new ArenaImage(this.memory, this.area, top) : new PageImage(this.memory);
  }

  /** Whether the memory is larger than it was: such an instance is not used for another call. */
  get hasGrown(): boolean {
    return this.memory.bytes.length > this.pristineSize;
  }

  /** An export by name, without the loader's wrapper. */
  function(name: string): Export {
    return this.exports[name] as Export;
  }

  /** Copies bytes into the guest, one part behind the other, and returns where they are. */
  put(...parts: Uint8Array[]): number {
    let size = 0;
    for (const part of parts) size += part.length;
    const ptr = this.allocate(size);
    let at = ptr >>> 0;
    for (const part of parts) {
      this.memory.write(at, part);
      at += part.length;
    }
    return ptr;
  }

  /** As `put`, for what the guest takes as a record. */
  putRecord(bytes: Uint8Array): number {
    const ptr = this.allocate(RECORD_HEADER_SIZE + bytes.length);
    this.memory.writeRecord(ptr, bytes);
    return ptr;
  }

  park(parking: Parking): ParkedFiber {
    return {
      bytes: this.image.save(parking),
      globals: this.globals.map((global) => global.value as GlobalValue),
    };
  }

  unpark(parking: Parking, parked: ParkedFiber): void {
    this.setGlobals(parked.globals);
    this.image.restore(parking, parked.bytes);
  }

  /** Makes the instance as it was before the first call (invariant 1). */
  reset(): void {
    this.image.reset();
    this.setGlobals(this.pristineGlobals);
  }

  private setGlobals(values: readonly GlobalValue[]): void {
    for (let i = 0; i < values.length; i++) {
      (this.globals[i] as { value: GlobalValue }).value = values[i] as GlobalValue;
    }
  }
}
