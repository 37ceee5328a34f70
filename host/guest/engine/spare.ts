import type { Instance } from "./instance.ts";
import { LIVE, type SpareHolder } from "./live-instances.ts";

/** Makes instances. */
export interface Maker {
  /** @throws what the guest's start function or its allocator throws */
  make(): Instance;
  /** Forgets what it has kept of the instances that it has made. */
  forget(): void;
}

/** The instance that a guest's next call runs on. It is pristine. */
export class Spare implements SpareHolder {
  readonly #maker: Maker;
  readonly #self = new WeakRef(this);
  #instance: Instance | undefined;

  constructor(maker: Maker) {
    this.#maker = maker;
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
    this.#count(instance);
  }

  dropSpare(): void {
    this.#instance = undefined;
    this.#maker.forget();
  }

  /** What the maker keeps of an instance counts also if the instance does not come back. */
  #make(): Instance {
    const instance = this.#maker.make();
    this.#count(instance);
    return instance;
  }

  #count({ memorySize, pristine }: Instance): void {
    LIVE.addSpare(this.#self, memorySize + pristine.memory.length);
  }
}
