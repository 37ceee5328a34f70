import { EXPORT_ALLOC, EXPORT_ARENA_TOP, RECORD_HEADER_SIZE } from "../../../assembly/abi.ts";
import { EXPORT_FUEL, EXPORT_REFUEL, EXPORT_START, EXPORT_STARVED } from "../confine/confine.ts";
import { ArenaImage } from "../parked/arena-image.ts";
import type { Image, Parked } from "../parked/image.ts";
import { GuestMemory } from "../parked/memory.ts";
import { PageImage } from "../parked/page-image.ts";
import type { Parking } from "../parked/parking.ts";
import { shareableBytes } from "../parked/shareable.ts";
import { UnwindArea } from "../parked/unwind-area.ts";
import { type Fuelled, refuelFunction } from "./meter.ts";
import type { GuestModule, Imports } from "./module.ts";

type Export = (...args: number[]) => number;
type GlobalValue = number | bigint;
type MutableGlobal = WebAssembly.Global<keyof WebAssembly.ValueTypeMap>;
type MeterGlobal = WebAssembly.Global<"i32"> | undefined;

/** The state of an instance before any call. Instances of one module share it. */
export interface Pristine {
  /** The memory, without the zeros at its end, in whole steps. */
  readonly memory: Buffer;
  readonly memorySize: number;
  readonly globals: readonly GlobalValue[];
}

/** The whole state of a suspended fiber. */
export interface ParkedFiber {
  readonly bytes: Parked;
  readonly globals: readonly GlobalValue[];
}

/** The same, as bytes that belong to no parking. Those of a large fiber can be shared by threads. */
export interface DetachedFiber {
  readonly bytes: Uint8Array;
  /** Size of the memory, in bytes. */
  readonly memorySize: number;
  readonly globals: readonly GlobalValue[];
}

/** What an instance is made from. */
export interface Making {
  readonly imports: Imports;
  /** Size in bytes. */
  readonly unwindAreaSize: number;
  /** The first state of earlier instances of the module. This instance gets the same state. */
  readonly pristine: Pristine | undefined;
  /** Called with a confined guest before any code of it runs. */
  beforeStart(instance: Fuelled): void;
}

/** One live instance of a guest. It is pristine, or a call runs in it. It knows nothing about fibers. */
export class Instance implements Fuelled {
  readonly memory: GuestMemory;
  readonly area: UnwindArea;
  readonly image: Image;
  readonly startUnwind: Export;
  readonly stopUnwind: Export;
  readonly startRewind: Export;
  readonly stopRewind: Export;
  readonly #exports: Record<string, unknown>;
  readonly #globals: readonly MutableGlobal[];
  readonly pristine: Pristine;
  readonly #allocate: Export;
  readonly #fuel: MeterGlobal;
  readonly #starved: MeterGlobal;

  constructor(guest: GuestModule, { imports, unwindAreaSize, pristine, beforeStart }: Making) {
    this.#exports = guest.instantiate(imports);
    this.memory = new GuestMemory(this.#exports.memory as WebAssembly.Memory);
    this.#fuel = this.#exports[EXPORT_FUEL] as MeterGlobal;
    this.#starved = this.#exports[EXPORT_STARVED] as MeterGlobal;
    this.#allocate = this.function(EXPORT_ALLOC);
    this.startUnwind = this.function("asyncify_start_unwind");
    this.stopUnwind = this.function("asyncify_stop_unwind");
    this.startRewind = this.function("asyncify_start_rewind");
    this.stopRewind = this.function("asyncify_stop_rewind");
    if (guest.isConfined) this.#start(beforeStart);
    this.area = new UnwindArea(this.memory, this.#allocate(unwindAreaSize) >>> 0, unwindAreaSize);
    this.#globals = guest.globals.map((name) => this.#exports[name] as MutableGlobal);
    this.pristine = pristine ?? {
      memory: PageImage.trim(this.memory.bytes),
      memorySize: this.memory.bytes.length,
      globals: this.#globals.map((global) => global.value as GlobalValue),
    };
    const top = this.#exports[EXPORT_ARENA_TOP] as WebAssembly.Global<"i32">;
    this.image = guest.hasArena
      ? new ArenaImage(this.memory, this.area, top)
      : new PageImage(this.memory, this.pristine.memory);
    // The start function may give each instance another state. All instances must begin with the state of the first
    // one.
    if (pristine !== undefined && guest.isConfined) this.reset();
  }

  /** Whether the memory has grown. Such an instance is not used for another call. */
  get hasGrown(): boolean {
    return this.memorySize > this.pristine.memorySize;
  }

  /** The start function and the allocator are the guest's own code, so they are metered too. */
  #start(beforeStart: Making["beforeStart"]): void {
    (this.#exports[EXPORT_REFUEL] as WebAssembly.Table).set(0, refuelFunction());
    beforeStart(this);
    (this.#exports[EXPORT_START] as Export | undefined)?.();
  }

  get memorySize(): number {
    return this.memory.bytes.length;
  }

  /** Whether a request of the guest for memory was refused since `forgetRefusal`. */
  get isStarved(): boolean {
    return this.#starved?.value === 1;
  }

  /** Gives a confined guest this number of units of fuel. */
  fill(units: number): void {
    if (this.#fuel !== undefined) this.#fuel.value = units;
  }

  /** Resets `isStarved`. */
  forgetRefusal(): void {
    if (this.#starved !== undefined) this.#starved.value = 0;
  }

  /** An exported function by its name. */
  function(name: string): Export {
    return this.#exports[name] as Export;
  }

  /** Copies bytes into the guest, one part after the other. Returns their address. */
  put(...parts: Uint8Array[]): number {
    let size = 0;
    for (const part of parts) size += part.length;
    const ptr = this.#allocate(size);
    let at = ptr >>> 0;
    for (const part of parts) {
      this.memory.write(at, part);
      at += part.length;
    }
    return ptr;
  }

  /** Like `put`, but the guest gets a record. */
  putRecord(bytes: Uint8Array): number {
    const ptr = this.#allocate(RECORD_HEADER_SIZE + bytes.length);
    this.memory.writeRecord(ptr, bytes);
    return ptr;
  }

  park(parking: Parking): ParkedFiber {
    return {
      bytes: this.image.save(parking),
      globals: this.#globals.map((global) => global.value as GlobalValue),
    };
  }

  /** Like `park`, but the bytes do not stay in the parking. */
  detach(parking: Parking): DetachedFiber {
    const { bytes, globals } = this.park(parking);
    try {
      const start = parking.offsetOf(bytes.block);
      const copy = shareableBytes(bytes.size);
      copy.set(parking.slabOf(bytes.block).subarray(start, start + bytes.size));
      return { bytes: copy, memorySize: this.memorySize, globals };
    } finally {
      parking.give(bytes.block, bytes.size);
    }
  }

  /** Puts back what `detach` has taken from an instance of the same module. */
  attach(parking: Parking, { bytes, memorySize, globals }: DetachedFiber): void {
    this.memory.growTo(memorySize);
    const block = parking.take(bytes.length);
    try {
      parking.slabOf(block).set(bytes, parking.offsetOf(block));
      const parked: Parked & { memorySize: number } = { block, size: bytes.length, memorySize };
      this.unpark(parking, { bytes: parked, globals });
    } finally {
      parking.give(block, bytes.length);
    }
  }

  unpark(parking: Parking, parked: ParkedFiber): void {
    this.#setGlobals(parked.globals);
    this.image.restore(parking, parked.bytes);
  }

  /** Resets the instance to its state before the first call (invariant 1). */
  reset(): void {
    this.image.reset();
    this.#setGlobals(this.pristine.globals);
  }

  #setGlobals(values: readonly GlobalValue[]): void {
    for (let i = 0; i < values.length; i++) {
      (this.#globals[i] as { value: GlobalValue }).value = values[i] as GlobalValue;
    }
  }
}
