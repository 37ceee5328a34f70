import { cpuTime } from "./cpu-time.ts";
import { FIRST_SLICE, nextSlice } from "./slice.ts";

/** After this many milliseconds, the CPU time of the guest is checked. At each slice, only the clock is read. */
const LOOK_MS = 1;
/** Units of the host's work between two checks of the clock. */
const HOST_SLICE = 2 ** 19;
/** A call of the host costs as much as this many instructions, and more for many bytes. */
const HOST_CALL = 500;
const HOST_BYTE_SHIFT = 2;
/** A call of the host by the guest's library costs as much as this many bytes, because random numbers are expensive. */
const LIBRARY_CALL_BYTES = 16_384;

const OUT_OF_TURN = "the guest runs out of turn";

/** The part of an instance that the meter uses. */
export interface Fuelled {
  /** Size of the guest's memory in bytes. */
  readonly memorySize: number;
  /** Gives the guest this number of units of fuel. */
  fill(units: number): void;
  /** Forgets that the guest was refused memory. */
  forgetRefusal(): void;
}

/** Decides whether a guest may continue after this computing time. Throws if not. */
export interface TimeKeeper {
  checkTime?(computedMs: number): void;
}

/** (module (import "h" "h" (func)) (export "h" (func 0))): with it, a table can contain a function of the host. */
// biome-ignore format: one line for each section
const TRAMPOLINE = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 4, 1, 0x60, 0, 0,
  2, 7, 1, 1, 0x68, 1, 0x68, 0, 0,
  7, 5, 1, 1, 0x68, 0, 0,
);

let trampoline: unknown;
/** The meter of the guest that runs now. Only one guest runs at a time in a thread (invariant 1). */
let running: Meter | undefined;

/** The function that a confined guest calls when its fuel is used up. */
export function refuelFunction(): unknown {
  trampoline ??= new WebAssembly.Instance(new WebAssembly.Module(TRAMPOLINE), {
    h: { h: () => runningMeter().refuel() },
  }).exports.h;
  return trampoline;
}

/** Checks the clock from time to time while a confined guest runs. Nothing else can run in this time. */
export class Meter {
  readonly #isOn: boolean;
  #instance: Fuelled | undefined;
  #keeper: TimeKeeper | undefined;
  #startedAt = 0;
  #lookedAt = 0;
  /** The CPU time at the guest's start; undefined before the first check. Most guests end before it. */
  #cpuStartedAt: number | undefined;
  /** The units that the guest got at `#filledAt`. */
  #slice = 0;
  #filledAt = 0;
  #hostUnits = 0;

  /** @param isOn Whether the guest is confined. Other guests are not metered. */
  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  /** Starts a turn of the guest. Its computing time counts from now on. */
  begin(keeper: TimeKeeper): void {
    if (!this.#isOn) return;
    this.#keeper = keeper;
    this.#startedAt = performance.now();
    this.#lookedAt = this.#startedAt;
    this.#cpuStartedAt = undefined;
    this.#hostUnits = 0;
    running = this;
  }

  /** Measures the CPU time from now on instead of estimating it, before work that takes long. */
  measure(): void {
    if (this.#isOn) this.#cpuStartedAt = cpuTime();
  }

  /** The guest's code will run in this instance. */
  enter(instance: Fuelled): void {
    if (!this.#isOn) return;
    this.#instance = instance;
    instance.forgetRefusal();
    this.#fill(instance, FIRST_SLICE, this.#startedAt);
  }

  end(): void {
    if (running === this) running = undefined;
    this.#instance = undefined;
    this.#keeper = undefined;
    this.#hostUnits = 0;
  }

  /**
   * Charges a confined guest for the host's work for it.
   *
   * @throws what `checkTime` throws
   */
  spend(bytes: number): void {
    if (!this.#isOn) return;
    this.#hostUnits += HOST_CALL + (bytes >>> HOST_BYTE_SHIFT);
    if (this.#hostUnits < HOST_SLICE) return;
    this.#hostUnits = 0;
    this.refuel();
  }

  /** The same for calls of the host by the guest's own library. */
  spendOnLibrary(): void {
    this.spend(LIBRARY_CALL_BYTES);
  }

  /** @internal */
  refuel(): void {
    const instance = this.#instance;
    if (instance === undefined) throw new Error(OUT_OF_TURN);
    const now = performance.now();
    if (now - this.#lookedAt >= LOOK_MS) this.#look(now);
    this.#fill(instance, nextSlice(this.#slice, now - this.#filledAt, instance.memorySize), now);
  }

  #fill(instance: Fuelled, units: number, now: number): void {
    this.#slice = units;
    this.#filledAt = now;
    instance.fill(units);
  }

  /** Checks the computing time. Time in which other threads and processes had the CPU does not count. */
  #look(now: number): void {
    const elapsed = now - this.#startedAt;
    this.#lookedAt = now;
    // The CPU time before the first check was not measured, so it is estimated.
    this.#cpuStartedAt ??= cpuTime() - Math.min(elapsed, LOOK_MS);
    this.#keeper?.checkTime?.(Math.min(elapsed, cpuTime() - this.#cpuStartedAt));
  }
}

function runningMeter(): Meter {
  if (running === undefined) throw new Error(OUT_OF_TURN);
  return running;
}
