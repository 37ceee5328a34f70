import { IMPORT_MODULE } from "../../assembly/abi.ts";
import { HttpBackgroundError } from "../errors.ts";
import { Fiber, type HostFunction, type Perform, type Task } from "./fiber.ts";
import { Instance, type Pristine } from "./instance.ts";
import { LIVE } from "./live-instances.ts";
import { Meter } from "./meter.ts";
import type { GuestModule, Imports } from "./module.ts";
import { Parking } from "./parking.ts";

export interface EngineOptions<C = undefined> {
  /** What the guest imports from our own module and does not suspend. */
  functions: Readonly<Record<string, HostFunction<C>>>;
  /** What it imports from `env`, and may call at any time; without an instance as long as that is being made. */
  env?: Readonly<Record<string, (instance: Instance | undefined, ...args: number[]) => number>>;
  /** Bytes for the frames of one suspended call. */
  unwindAreaSize: number;
  /** A suspended fiber with more bytes than this keeps its instance instead of being copied. */
  keepAbove: number;
  /** The answer for a guest whose `perform` threw or rejected. */
  answerTo(error: unknown): Uint8Array;
  /** Makes what a call is rejected with of what ended its guest. @default GUEST_TRAPPED */
  explain?(error: unknown, instance: Instance | undefined, context: C): unknown;
}

/** A call that was started. */
export interface Started<T> {
  readonly result: Promise<T>;
  /** The guest is not resumed any more, its memory is gone, and the result is rejected. Nothing if it has ended. */
  abandon(reason: unknown): void;
}

/**
 * Runs any number of calls of one guest on one instance, one at a time (invariant 1). A suspended call is a
 * fiber: its bytes are copied out and the instance made pristine, until the answer is there.
 */
export class Engine<C = undefined> {
  private readonly guest: GuestModule;
  private readonly options: EngineOptions<C>;
  private readonly parking = new Parking();
  private readonly meter = new Meter();
  private pristine: Pristine | undefined;
  /** A pristine instance that no fiber has. */
  private spare: Instance | undefined;
  /** The fiber inside the guest now. */
  private current: Fiber<unknown, C> | undefined;

  /** @throws HttpBackgroundError GUEST_TRAPPED if no instance can be made */
  constructor(guest: GuestModule, options: EngineOptions<C>) {
    this.guest = guest;
    this.options = options;
    try {
      this.spare = this.makeInstance();
    } catch (error) {
      throw trapped(error);
    }
    LIVE.addSpare(this);
  }

  /**
   * Starts a call; `task.perform` answers each of its suspensions. The result is rejected with what `explain`
   * makes of a trap. Then the instance is gone; other calls are not touched.
   */
  start<T>(task: Task<T, C>): Started<T> {
    let fiber: Fiber<T, C> | undefined;
    const result = new Promise<T>((resolve, reject) => {
      fiber = new Fiber(task, this.meter, resolve, reject);
      this.run(fiber, (instance) => (fiber as Fiber<T, C>).start(instance));
    });
    return { result, abandon: (reason) => this.abandon(fiber as Fiber<T, C>, reason) };
  }

  /**
   * Calls an export that takes bytes and returns a record.
   *
   * @param signal Abandons the call: the promise is rejected with the signal's reason.
   * @returns A copy of the record
   */
  call(
    this: Engine<undefined>,
    name: string,
    args: Uint8Array,
    perform: Perform,
    signal?: AbortSignal | undefined,
  ): Promise<Buffer> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    const started = this.start({ name, args, context: undefined, perform, readResult: copyRecord });
    if (signal === undefined) return started.result;
    const abandon = (): void => started.abandon(signal.reason);
    signal.addEventListener("abort", abandon);
    return started.result.finally(() => signal.removeEventListener("abort", abandon));
  }

  /** Work on the pristine instance that does not suspend. A guest that traps is handled as in `call`. */
  compute<T>(work: (instance: Instance) => T): T {
    const instance = this.takeInstance();
    try {
      const result = work(instance);
      this.release(instance);
      return result;
    } catch (error) {
      throw trapped(error);
    }
  }

  /** Whoever makes another instance will have to make it anew. */
  dropSpare(): void {
    this.spare = undefined;
  }

  private run<T>(fiber: Fiber<T, C>, step: (instance: Instance) => { result: T } | undefined): void {
    let instance: Instance | undefined;
    let ended: { result: T } | undefined;
    try {
      instance = this.takeInstance(fiber);
      this.current = fiber as Fiber<unknown, C>;
      if (this.guest.isConfined) this.meter.begin(instance, fiber.task);
      ended = step(instance);
    } catch (error) {
      // The instance is in no one's hands any more, which is what becomes of one that trapped.
      const { explain } = this.options;
      fiber.reject(explain ? explain(error, instance, fiber.task.context) : trapped(error));
      return;
    } finally {
      this.current = undefined;
      this.meter.end();
    }
    if (ended === undefined) {
      this.suspend(fiber, instance);
    } else {
      this.release(instance);
      fiber.resolve(ended.result);
    }
  }

  private suspend<T>(fiber: Fiber<T, C>, instance: Instance): void {
    const record = fiber.takeRecord();
    const isLarge = instance.hasGrown || instance.image.dirtySize() > this.options.keepAbove;
    if (isLarge && LIVE.keep()) {
      fiber.kept = instance;
    } else {
      fiber.parked = instance.park(this.parking);
      this.release(instance);
    }
    answer(fiber.task, record).then(
      (bytes) => this.resume(fiber, bytes),
      (error) => this.resume(fiber, this.options.answerTo(error)),
    );
  }

  private resume<T>(fiber: Fiber<T, C>, bytes: Uint8Array): void {
    if (fiber.isAbandoned) return;
    this.run(fiber, (instance) => {
      if (fiber.parked !== undefined) {
        instance.unpark(this.parking, fiber.parked);
        this.unpark(fiber);
      }
      return fiber.resume(instance, bytes);
    });
  }

  private abandon<T>(fiber: Fiber<T, C>, reason: unknown): void {
    fiber.isAbandoned = true;
    this.takeKept(fiber);
    this.unpark(fiber);
    fiber.reject(reason);
  }

  private unpark<T>(fiber: Fiber<T, C>): void {
    if (fiber.parked === undefined) return;
    this.parking.give(fiber.parked.bytes.block, fiber.parked.bytes.size);
    fiber.parked = undefined;
  }

  private takeInstance<T>(fiber?: Fiber<T, C>): Instance {
    if (this.current !== undefined) throw new Error("a guest is running already");
    const kept = fiber && this.takeKept(fiber);
    if (kept !== undefined) return kept;
    const instance = this.spare ?? this.makeInstance();
    this.spare = undefined;
    return instance;
  }

  private takeKept<T>(fiber: Fiber<T, C>): Instance | undefined {
    const { kept } = fiber;
    if (kept !== undefined) LIVE.unkeep();
    fiber.kept = undefined;
    return kept;
  }

  /** The instance is done with a call, or its bytes are safe: the next one may have it. */
  private release(instance: Instance): void {
    if (instance.hasGrown || this.spare !== undefined) return;
    instance.reset();
    this.spare = instance;
    LIVE.addSpare(this);
  }

  private makeInstance(): Instance {
    let instance: Instance | undefined;
    const own: Imports[string] = {};
    const env: Imports[string] = {};
    for (const [name, call] of Object.entries(this.options.functions)) {
      own[name] = (...args) => this.running().callHost(call, args);
    }
    for (const [name, call] of Object.entries(this.options.env ?? {})) {
      env[name] = (...args) => call(instance, ...args);
    }
    const { suspendingImport } = this.guest;
    if (suspendingImport !== undefined) {
      own[suspendingImport] = (ptr = 0, len = 0) => this.running().suspend(ptr, len);
    }
    // The loader keeps the objects that it is given and writes to them: fresh ones for each instance.
    const imports = { env, [IMPORT_MODULE]: own };
    instance = new Instance(this.guest, imports, this.options.unwindAreaSize, this.pristine);
    this.pristine = instance.pristine;
    return instance;
  }

  private running(): Fiber<unknown, C> {
    if (this.current === undefined) throw new Error("the guest called an import out of turn");
    return this.current;
  }
}

function copyRecord(instance: Instance, returned: unknown): Buffer {
  return instance.memory.copyRecord(returned as number);
}

/** What `perform` gives; one that throws at once rejects like one that does so later (invariant 3). */
async function answer(task: { perform: Perform }, record: Buffer): Promise<Uint8Array> {
  const bytes = await task.perform(record);
  if (!(bytes instanceof Uint8Array)) throw new TypeError("perform answered with something else than bytes");
  return bytes;
}

function trapped(cause: unknown): HttpBackgroundError {
  if (cause instanceof HttpBackgroundError) return cause;
  return new HttpBackgroundError("GUEST_TRAPPED", `the guest trapped: ${(cause as Error).message}`, {
    cause,
  });
}
