/** Units of fuel between two looks at the clock: some 10 ms of common code. */
const SLICE = 100_000_000;
/** What the host does for a guest costs as much as so many instructions, and more for many bytes. */
const HOST_CALL = 500;
const HOST_BYTE_SHIFT = 2;
/** What the library of a guest asks of the host costs as much as so many bytes: random numbers are dear. */
const LIBRARY_CALL_BYTES = 16_384;

/** An instance, as far as it is metered. */
export interface Fuelled {
  /** Gives the guest so many units of fuel. */
  fill(units: number): void;
  /** It was refused no memory yet. */
  forgetRefusal(): void;
}

/** Decides whether a guest that has computed for so long, in so many slices, may go on. Throws if not. */
export interface TimeKeeper {
  checkTime?(elapsedMs: number, slices: number): void;
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
  #slices = 0;
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
    this.#slices = 0;
    this.#hostUnits = 0;
    instance.forgetRefusal();
    instance.fill(SLICE);
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
    if (this.#hostUnits < SLICE) return;
    this.#hostUnits = 0;
    this.refuel();
  }

  /** The same for what a guest's own library asks of the host. */
  spendOnLibrary(): void {
    this.spend(LIBRARY_CALL_BYTES);
  }

  /** @internal */
  refuel(): void {
    if (this.#instance === undefined)
      throw new Error("the guest computes for too long while it is being made");
    this.#keeper?.checkTime?.(performance.now() - this.#startedAt, ++this.#slices);
    this.#instance.fill(SLICE);
  }
}

function runningMeter(): Meter {
  if (running === undefined) throw new Error("the guest computes for too long while it is being made");
  return running;
}
