import { IMPORT_MODULE } from "../../../assembly/abi.ts";
import type { EngineOptions } from "./engine-options.ts";
import type { Fiber } from "./fiber.ts";
import { Instance } from "./instance.ts";
import type { Meter } from "./meter.ts";
import type { GuestModule, Imports } from "./module.ts";
import type { Pristine } from "./pristine.ts";
import type { Maker } from "./spare.ts";

const DEFAULT_UNWIND_AREA_SIZE = 4096;

/** Makes instances of one guest. All of them begin with the same state. */
export class InstanceMaker<C> implements Maker {
  readonly #guest: GuestModule;
  readonly #options: EngineOptions<C>;
  readonly #meter: Meter;
  readonly #running: () => Fiber<unknown, C> | undefined;
  #pristine: Pristine | undefined;

  /** @param running The fiber that runs in the guest now. */
  constructor(
    guest: GuestModule,
    options: EngineOptions<C>,
    meter: Meter,
    running: () => Fiber<unknown, C> | undefined,
  ) {
    this.#guest = guest;
    this.#options = options;
    this.#meter = meter;
    this.#running = running;
    this.#pristine = guest.pristine;
  }

  /** @throws what the guest's start function or its allocator throws */
  make(): Instance {
    this.#meter.measure();
    let instance: Instance | undefined;
    instance = new Instance(this.#guest, {
      // New objects for each instance, because the loader keeps these objects and writes to them.
      imports: this.#imports(() => instance),
      unwindAreaSize: this.#options.unwindAreaSize ?? DEFAULT_UNWIND_AREA_SIZE,
      pristine: this.#pristine,
      tick: () => this.#meter.refuel(),
      beforeStart: (made) => this.#meter.enter(made),
    });
    this.#pristine = instance.pristine;
    return instance;
  }

  /** The next instance begins with the same state, if what it was given while it was made is the same. */
  forget(): void {
    this.#pristine = this.#guest.pristine;
  }

  #imports(instance: () => Instance | undefined): Imports {
    const { link } = this.#options;
    if (link === undefined) return { env: this.#environment(instance), [IMPORT_MODULE]: this.#functions() };
    return link({
      instance,
      running: this.#running,
      tick: () => this.#meter.refuel(),
      spend: (bytes) => this.#meter.spend(bytes),
    });
  }

  #environment(instance: () => Instance | undefined): Imports[string] {
    const functions: Imports[string] = {};
    const link = { instance, running: this.#running };
    for (const [name, call] of Object.entries(this.#options.env ?? {})) {
      functions[name] = (...args) => {
        this.#meter.spendOnLibrary();
        return call(link, ...args);
      };
    }
    return functions;
  }

  #functions(): Imports[string] {
    const functions: Imports[string] = {};
    for (const [name, call] of Object.entries(this.#options.functions ?? {})) {
      functions[name] = (...args) => {
        const fiber = this.#fiber();
        fiber.checkTurn();
        return call(fiber, ...args);
      };
    }
    for (const [name, call] of Object.entries(this.#options.pausing ?? {})) {
      functions[name] = (...args) => {
        const fiber = this.#fiber();
        return fiber.onPause(() => call(fiber, ...args));
      };
    }
    functions[this.#guest.kind.asks] = (ptr = 0, len = 0, number = 0) =>
      this.#fiber().onAsk(ptr, len, number);
    return functions;
  }

  #fiber(): Fiber<unknown, C> {
    const running = this.#running();
    if (running === undefined)
      throw new Error("the guest called an import out of turn: before there was a call of it");
    return running;
  }
}
