import { cpuTime } from "./cpu-time.ts";
import { FIRST_SLICE, nextSlice } from "./slice.ts";

/** Milliseconds after which the guest's time is looked at: the clock alone is, at each slice. */
const LOOK_MS = 1;
/** Units of the host's work between two looks at the clock. */
const HOST_SLICE = 2 ** 19;
/** What the host does for a guest costs as much as so many instructions, and more for many bytes. */
const HOST_CALL = 500;
const HOST_BYTE_SHIFT = 2;
/** What the library of a guest asks of the host costs as much as so many bytes: random numbers are dear. */
const LIBRARY_CALL_BYTES = 16_384;

/** An instance, as far as it is metered. */
export interface Fuelled {
  /** Bytes of memory that the guest has. */
  readonly memorySize: number;
  /** Gives the guest so many units of fuel. */
  fill(units: number): void;
  /** It was refused no memory yet. */
  forgetRefusal(): void;
}

/** Decides whether a guest that has computed for so long may go on. Throws if not. */
export interface TimeKeeper {
  checkTime?(computedMs: number): void;
}

/** (module (import "h" "h" (func)) (export "h" (func 0))): makes a function of the host one that tables take. */
// biome-ignore format: a section a line
const TRAMPOLINE = Uint8Array.of(
  0, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  1, 4, 1, 0x60, 0, 0,
  2, 7, 1, 1, 0x68, 1, 0x68, 0, 0,
  7, 5, 1, 1, 0x68, 0, 0,
);

let trampoline: unknown;
/** The meter of the guest that runs: there is one at a time (invariant 1). */
let running: Meter | undefined;

/** What a confined guest calls when its fuel is used up. */
export function refuelFunction(): unknown {
  trampoline ??= new WebAssembly.Instance(new WebAssembly.Module(TRAMPOLINE), {
    h: { h: () => runningMeter().refuel() },
  }).exports.h;
  return trampoline;
}

/** Looks at the clock from time to time while a confined guest runs, since nothing else can. */
export class Meter {
  readonly #isOn: boolean;
  #instance: Fuelled | undefined;
  #keeper: TimeKeeper | undefined;
  #startedAt = 0;
  #lookedAt = 0;
  /** The time of the CPU at which the guest began; undefined before the first look, which most never live to see. */
  #cpuStartedAt: number | undefined;
  /** Units that the guest has had since `#filledAt`. */
  #slice = 0;
  #filledAt = 0;
  #hostUnits = 0;

  /** @param isOn Whether the guest is a confined one; others run free of charge. */
  constructor(isOn: boolean) {
    this.#isOn = isOn;
  }

  begin(instance: Fuelled, keeper: TimeKeeper): void {
    if (!this.#isOn) return;
    this.#instance = instance;
    this.#keeper = keeper;
    this.#startedAt = performance.now();
    this.#lookedAt = this.#startedAt;
    this.#cpuStartedAt = undefined;
    this.#hostUnits = 0;
    instance.forgetRefusal();
    this.#fill(instance, FIRST_SLICE, this.#startedAt);
    running = this;
  }

  end(): void {
    if (running === this) running = undefined;
    this.#instance = undefined;
    this.#keeper = undefined;
    this.#hostUnits = 0;
  }

  /**
   * Charges a confined guest for what the host does for it. One that is being made has a slice for that, and no more.
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

  /** The same for what a guest's own library asks of the host. */
  spendOnLibrary(): void {
    this.spend(LIBRARY_CALL_BYTES);
  }

  /** @internal */
  refuel(): void {
    const instance = this.#instance;
    if (instance === undefined) throw new Error("the guest computes for too long while it is being made");
    const now = performance.now();
    if (now - this.#lookedAt >= LOOK_MS) this.#look(now);
    this.#fill(instance, nextSlice(this.#slice, now - this.#filledAt, instance.memorySize), now);
  }

  #fill(instance: Fuelled, units: number, now: number): void {
    this.#slice = units;
    this.#filledAt = now;
    instance.fill(units);
  }

  /** A guest has not computed while others had the CPU. */
  #look(now: number): void {
    const elapsed = now - this.#startedAt;
    this.#lookedAt = now;
    // What it has used before the first look was not measured.
    this.#cpuStartedAt ??= cpuTime() - Math.min(elapsed, LOOK_MS);
    this.#keeper?.checkTime?.(Math.min(elapsed, cpuTime() - this.#cpuStartedAt));
  }
}

function runningMeter(): Meter {
  if (running === undefined) throw new Error("the guest computes for too long while it is being made");
  return running;
}
