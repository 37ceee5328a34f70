import { HttpBackgroundError } from "../errors.ts";
import { Fiber, type Perform } from "./fiber.ts";
import { type HostFunction, Instance } from "./instance.ts";
import type { GuestModule } from "./module.ts";
import { Parking } from "./parking.ts";

/** Instances that suspended fibers may keep. V8 reserves 8 to 10 GiB of addresses for each. */
const MOST_KEPT = 256;

export interface EngineOptions {
  /** What the guest imports and does not suspend. */
  functions: Readonly<Record<string, HostFunction>>;
  /** Bytes for the frames of one suspended call. */
  unwindAreaSize: number;
  /** A suspended fiber with more bytes than this keeps its instance instead of being copied. */
  keepAbove: number;
  /** The answer for a guest whose `perform` threw or rejected. */
  answerTo(error: unknown): Uint8Array;
}

/**
 * Runs any number of calls of one guest on one instance, one at a time (invariant 1). A suspended call is a
 * fiber: its bytes are copied out and the instance made pristine, until the answer is there.
 */
export class Engine {
  private readonly guest: GuestModule;
  private readonly options: EngineOptions;
  private readonly parking = new Parking();
  /** A pristine instance that no fiber has. */
  private spare: Instance | undefined;
  /** The fiber inside the guest now. */
  private current: Fiber | undefined;
  private kept = 0;

  constructor(guest: GuestModule, options: EngineOptions) {
    this.guest = guest;
    this.options = options;
    this.spare = this.makeInstance();
  }

  /**
   * Calls the export `name` with a copy of `args`; `perform` answers each of its suspensions.
   *
   * @param signal Abandons the call: the guest is not resumed, its memory is gone, and the promise is
   * rejected with the signal's reason.
   * @returns A copy of the record that the export returns.
   * @throws HttpBackgroundError GUEST_TRAPPED. The instance is gone; other calls are not touched.
   */
  call(name: string, args: Uint8Array, perform: Perform, signal?: AbortSignal): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const fiber = new Fiber(name, perform, resolve, reject);
      if (signal !== undefined) this.watch(fiber, signal);
      if (!fiber.isAbandoned) this.run(fiber, (instance) => fiber.start(instance, args));
    });
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

  private run(fiber: Fiber, step: (instance: Instance) => Buffer | undefined): void {
    let instance: Instance;
    let result: Buffer | undefined;
    try {
      instance = this.takeInstance(fiber);
      this.current = fiber;
      result = step(instance);
    } catch (error) {
      // The instance is in no one's hands any more, which is what becomes of one that trapped.
      fiber.reject(trapped(error));
      return;
    } finally {
      this.current = undefined;
    }
    if (result === undefined) {
      this.suspend(fiber, instance);
    } else {
      this.release(instance);
      fiber.resolve(result);
    }
  }

  private suspend(fiber: Fiber, instance: Instance): void {
    const record = fiber.takeRecord();
    if (this.kept < MOST_KEPT && (instance.hasGrown || instance.image.dirtySize() > this.options.keepAbove)) {
      fiber.instance = instance;
      this.kept++;
    } else {
      fiber.parked = instance.park(this.parking);
      this.release(instance);
    }
    answer(fiber, record).then(
      (bytes) => this.resume(fiber, bytes),
      (error) => this.resume(fiber, this.options.answerTo(error)),
    );
  }

  private resume(fiber: Fiber, bytes: Uint8Array): void {
    if (fiber.isAbandoned) return;
    this.run(fiber, (instance) => {
      if (fiber.parked !== undefined) {
        instance.unpark(this.parking, fiber.parked);
        this.unpark(fiber);
      }
      return fiber.resume(instance, bytes);
    });
  }

  private watch(fiber: Fiber, signal: AbortSignal): void {
    const abandon = (): void => {
      fiber.isAbandoned = true;
      this.takeKept(fiber);
      this.unpark(fiber);
      fiber.reject(signal.reason);
    };
    if (signal.aborted) abandon();
    else signal.addEventListener("abort", abandon, { once: true });
  }

  private unpark(fiber: Fiber): void {
    if (fiber.parked === undefined) return;
    this.parking.give(fiber.parked.bytes.block, fiber.parked.bytes.size);
    fiber.parked = undefined;
  }

  private takeInstance(fiber?: Fiber): Instance {
    if (this.current !== undefined) throw new Error("a guest is running already");
    const kept = fiber && this.takeKept(fiber);
    if (kept !== undefined) return kept;
    const instance = this.spare ?? this.makeInstance();
    this.spare = undefined;
    return instance;
  }

  private takeKept(fiber: Fiber): Instance | undefined {
    const { instance } = fiber;
    if (instance !== undefined) this.kept--;
    fiber.instance = undefined;
    return instance;
  }

  /** The instance is done with a call, or its bytes are safe: the next one may have it. */
  private release(instance: Instance): void {
    if (instance.hasGrown || this.spare !== undefined) return;
    instance.reset();
    this.spare = instance;
  }

  private makeInstance(): Instance {
    const suspend = (ptr: number, len: number): number => {
      if (this.current === undefined) throw new Error("the guest called an import out of turn");
      return this.current.suspend(instance, ptr, len);
    };
    const instance = new Instance(this.guest, this.options.functions, suspend, this.options.unwindAreaSize);
    return instance;
  }
}

/** What `perform` gives; one that throws at once rejects like one that does so later (invariant 3). */
async function answer(fiber: Fiber, record: Buffer): Promise<Uint8Array> {
  const bytes = await fiber.perform(record);
  if (!(bytes instanceof Uint8Array)) throw new TypeError("perform answered with something else than bytes");
  return bytes;
}

function trapped(cause: unknown): HttpBackgroundError {
  if (cause instanceof HttpBackgroundError) return cause;
  return new HttpBackgroundError("GUEST_TRAPPED", `the guest trapped: ${(cause as Error).message}`, {
    cause,
  });
}
