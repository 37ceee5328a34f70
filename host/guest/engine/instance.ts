import { EXPORT_ARENA_TOP, RECORD_HEADER_SIZE } from "../../../assembly/abi.ts";
import { EXPORT_FUEL, EXPORT_REFUEL, EXPORT_START, EXPORT_STARVED } from "../confine/confine.ts";
import { ArenaImage } from "../parked/arena-image.ts";
import type { Image, KeepingImage, Parked } from "../parked/image.ts";
import { GuestMemory } from "../parked/memory.ts";
import { PageImage } from "../parked/page-image.ts";
import type { Parking } from "../parked/parking.ts";
import { type Fuelled, refuelFunction } from "./meter.ts";
import type { GuestModule, Imports } from "./module.ts";
import type { GlobalValue, Pristine } from "./pristine.ts";
import type { GuestFunction, Suspension } from "./suspension.ts";

type Allocate = (size: number) => number;
type MutableGlobal = WebAssembly.Global<keyof WebAssembly.ValueTypeMap>;
type MeterGlobal = WebAssembly.Global<"i32"> | undefined;

/** The whole state of a suspended fiber. */
export interface ParkedFiber {
  readonly bytes: Parked;
  readonly globals: readonly GlobalValue[];
}

/** The same, as bytes that belong to no parking. */
export interface DetachedFiber {
  readonly bytes: Uint8Array;
  /** Size of the memory, in bytes. */
  readonly memorySize: number;
  readonly globals: readonly GlobalValue[];
}

/** What an instance is made from. */
export interface Making {
  readonly imports: Imports;
  /** In bytes, if the guest has one. */
  readonly unwindAreaSize: number;
  /** The first state of earlier instances of the module. This instance gets the same state. */
  readonly pristine: Pristine | undefined;
  /** Checks the time of whoever computes. */
  tick(): void;
  /** Called with a confined guest before any code of it runs. */
  beforeStart(instance: Fuelled): void;
}

const NOTHING = new Uint8Array(0);

/** One live instance of a guest. It is pristine, or a call runs in it. It knows nothing about fibers. */
export class Instance implements Fuelled {
  readonly memory: GuestMemory;
  readonly suspension: Suspension;
  readonly #image: Image;
  /** The same image, if the guest needs its memory to go on. */
  readonly #kept: KeepingImage | undefined;
  readonly #exports: Record<string, unknown>;
  readonly #globals: readonly MutableGlobal[];
  readonly pristine: Pristine;
  readonly #allocate: Allocate;
  readonly #fuel: MeterGlobal;
  readonly #starved: MeterGlobal;
  /** The image that its calls begin from; undefined if they begin from the pristine state. */
  #worn: DetachedFiber | undefined;

  constructor(guest: GuestModule, { imports, unwindAreaSize, pristine, beforeStart, tick }: Making) {
    this.#exports = guest.instantiate(imports);
    this.memory = new GuestMemory(this.#exports.memory as WebAssembly.Memory);
    this.#fuel = this.#exports[EXPORT_FUEL] as MeterGlobal;
    this.#starved = this.#exports[EXPORT_STARVED] as MeterGlobal;
    this.#allocate = this.function(guest.allocator) as Allocate;
    if (guest.isConfined) this.#start(beforeStart);
    this.suspension = guest.kind.attach({
      exports: this.#exports,
      memory: this.memory,
      unwindAreaSize,
      tick,
      allocate: (size) => this.#allocate(size) >>> 0,
    });
    this.#globals = guest.globals.map((name) => this.#exports[name] as MutableGlobal);
    this.pristine = pristine ?? this.capture(PageImage.trim);
    if (guest.hasArena) {
      this.#image = new ArenaImage(this.memory, this.#exports[EXPORT_ARENA_TOP] as WebAssembly.Global<"i32">);
    } else {
      this.#kept = new PageImage(this.memory, this.pristine.memory, this.suspension.deadBytes);
      this.#image = this.#kept;
    }
    // The start function may give each instance another state. All instances must begin with the state of the first
    // one.
    if (pristine !== undefined && guest.isTimed) this.reset();
  }

  /** Whether the memory has grown. Such an instance is not used for another call. */
  get hasGrown(): boolean {
    return this.memorySize > this.#smallestSize;
  }

  get #smallestSize(): number {
    return Math.max(this.pristine.memorySize, this.#worn?.memorySize ?? 0);
  }

  /** Whether its memory is not larger than that of an instance that was made for this image. */
  fits(image: DetachedFiber | undefined): boolean {
    return this.memorySize <= Math.max(this.pristine.memorySize, image?.memorySize ?? 0);
  }

  /** From now on its first state is this one, which was taken from an instance of the same module. */
  wear(image: DetachedFiber | undefined): void {
    if (image === this.#worn || this.#kept === undefined) return;
    this.#worn = image;
    if (image !== undefined) this.memory.growTo(image.memorySize);
    this.#kept.rebase(image && Buffer.from(image.bytes.buffer, image.bytes.byteOffset, image.bytes.length));
    this.#setGlobals(image?.globals ?? this.pristine.globals);
  }

  /** The start function and the allocator are the guest's own code, so they are metered too. */
  #start(beforeStart: Making["beforeStart"]): void {
    (this.#exports[EXPORT_REFUEL] as WebAssembly.Table).set(0, refuelFunction());
    beforeStart(this);
    (this.#exports[EXPORT_START] as GuestFunction | undefined)?.();
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
  function(name: string): GuestFunction {
    return this.#exports[name] as GuestFunction;
  }

  /** Copies bytes into the guest, one part after the other. Returns their address. */
  put(...parts: Uint8Array[]): number {
    let size = 0;
    for (const part of parts) size += part.length;
    const ptr = this.#reserve(size);
    this.memory.writeParts(ptr, parts);
    return ptr;
  }

  /** Like `put`, but the guest gets a record. */
  putRecord(...parts: Uint8Array[]): number {
    let size = 0;
    for (const part of parts) size += part.length;
    const ptr = this.#reserve(RECORD_HEADER_SIZE + size);
    this.memory.writeRecord(ptr, ...parts);
    return ptr;
  }

  #reserve(size: number): number {
    const ptr = this.#allocate(size);
    if (ptr === 0) throw new RangeError("the guest is out of memory");
    return ptr;
  }

  /** Its state as it is now, as the first state of other instances. @param trim Copies the memory without zeros at its end */
  capture(trim: (memory: Buffer) => Buffer): Pristine {
    return {
      memory: trim(this.memory.bytes),
      memorySize: this.memorySize,
      globals: this.#globals.map((global) => global.value as GlobalValue),
    };
  }

  /** Saves what the guest needs to go on; undefined if it needs nothing. */
  park(parking: Parking): ParkedFiber | undefined {
    if (this.#kept === undefined) return undefined;
    return {
      bytes: this.#kept.save(parking),
      globals: this.#globals.map((global) => global.value as GlobalValue),
    };
  }

  /** Like `park`, but the bytes belong to nobody else. */
  detach(): DetachedFiber {
    const fiber = this.read();
    return { ...fiber, bytes: Uint8Array.from(fiber.bytes) };
  }

  /** The same without a copy: the bytes are valid until anything else of this thread is saved. */
  read(): DetachedFiber {
    if (this.#kept === undefined) return { bytes: NOTHING, memorySize: this.memorySize, globals: [] };
    return {
      ...this.#kept.read(),
      globals: this.#globals.map((global) => global.value as GlobalValue),
    };
  }

  /** Puts back what was taken from an instance of the same module. */
  attach(fiber: DetachedFiber): void {
    this.#setGlobals(fiber.globals);
    this.#kept?.write(fiber);
  }

  unpark(parking: Parking, parked: ParkedFiber): void {
    this.#setGlobals(parked.globals);
    this.#kept?.restore(parking, parked.bytes);
  }

  /** Resets the instance to its state before the first call (invariant 1). */
  reset(): void {
    this.memory.growTo(this.pristine.memorySize);
    this.#image.reset();
    this.#setGlobals(this.#worn?.globals ?? this.pristine.globals);
  }

  #setGlobals(values: readonly GlobalValue[]): void {
    for (let i = 0; i < values.length; i++) {
      (this.#globals[i] as { value: GlobalValue }).value = values[i] as GlobalValue;
    }
  }
}
