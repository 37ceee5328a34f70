import type { Instance } from "./instance.ts";
import { LIVE, type SpareHolder } from "./live-instances.ts";

/** The instance that a guest's next call runs on. It is pristine. */
export class Spare implements SpareHolder {
  readonly #make: () => Instance;
  readonly #self = new WeakRef(this);
  #instance: Instance | undefined;

  /** @param make Makes another one. */
  constructor(make: () => Instance) {
    this.#make = make;
  }

  /** Nothing else runs on it until it is given back. @throws what the guest's start function or its allocator throws */
  take(): Instance {
    const instance = this.#instance ?? this.#make();
    this.#instance = undefined;
    return instance;
  }

  /** Called when a call has ended or its bytes are saved. After an error, an instance is not given back. */
  give(instance: Instance): void {
    if (instance.hasGrown || this.#instance !== undefined) return;
    instance.reset();
    this.#instance = instance;
    LIVE.addSpare(this.#self);
  }

  dropSpare(): void {
    this.#instance = undefined;
  }
}
