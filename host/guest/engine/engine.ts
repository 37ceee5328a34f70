import { HttpBackgroundError } from "../../api/errors.ts";
import { Parking } from "../parked/parking.ts";
import type { EngineOptions } from "./engine-options.ts";
import { Fiber, type FiberOwner } from "./fiber.ts";
import type { DetachedFiber, Instance } from "./instance.ts";
import { InstanceMaker } from "./instance-maker.ts";
import { Meter, type TimeKeeper } from "./meter.ts";
import type { GuestModule } from "./module.ts";
import { type Perform, PromisedCall } from "./record-call.ts";
import { Spare } from "./spare.ts";
import { type Continuation, type Step, StepTask } from "./step.ts";
import { WAITS } from "./suspension.ts";
import type { Asked, GuestCall, Task } from "./task.ts";

/** How many milliseconds a guest may compute before there is a call: in its start function and its allocator. */
const MOST_START_MS = 20;
const START: TimeKeeper = {
  checkTime: (computedMs) => {
    if (computedMs > MOST_START_MS) throw new Error(`it computes for more than ${MOST_START_MS} ms`);
  },
};
/** The memory for the suspended guests of all engines of this thread. */
const PARKING = new Parking();

/**
 * Runs any number of calls of one guest on one instance, one at a time (invariant 1). While a call waits, its bytes are
 * copied out of the instance, and the instance is pristine for other calls.
 */
export class Engine<C = undefined> implements FiberOwner<C> {
  readonly #options: EngineOptions<C>;
  readonly #meter: Meter;
  readonly #spare: Spare;
  /** The fiber that runs in the guest now. */
  #current: Fiber<unknown, C> | undefined;

  /** @throws HttpBackgroundError GUEST_TRAPPED if no instance can be made */
  constructor(guest: GuestModule, options: EngineOptions<C>) {
    this.#options = options;
    this.#meter = new Meter(guest.isTimed);
    const maker = new InstanceMaker(guest, options, this.#meter, () => this.#current);
    this.#spare = new Spare(maker);
    try {
      this.#meter.begin(START);
      this.#spare.give(this.#spare.take());
    } catch (error) {
      throw trapped(error);
    } finally {
      this.#meter.end();
    }
  }

  /**
   * Starts a call, which may end before this returns. After a trap, the task gets the error of `toRejection`, and the
   * instance is dropped. Other calls are not affected.
   */
  start<T>(task: Task<T, C, unknown>): Fiber<T, C> {
    const fiber = new Fiber<T, C>(task, this, this.#meter);
    this.#run(fiber);
    return fiber;
  }

  /**
   * Ends a call: the guest is never resumed, its memory is freed, and the task gets `reason` as its error. If the call
   * has ended already, nothing happens.
   */
  abandon<T>(fiber: Fiber<T, C>, reason: unknown): void {
    if (fiber.isOver) return;
    this.#unpark(fiber);
    fiber.fail(reason);
  }

  /**
   * Calls an export that takes bytes and returns a record.
   *
   * @param signal Abandons the call. Then the promise rejects with the signal's reason.
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
    let abandon = (): void => {};
    const result = new Promise<Buffer>((resolve, reject) => {
      const fiber = this.start(new PromisedCall({ name, args, perform }, resolve, reject));
      abandon = () => this.abandon(fiber, signal?.reason);
    });
    if (signal === undefined) return result;
    signal.addEventListener("abort", abandon);
    return result.finally(() => signal.removeEventListener("abort", abandon));
  }

  /** Does work on the pristine instance in which the guest asks nothing. A trap is handled as in `call`. */
  compute<T>(work: (instance: Instance) => T, keeper: TimeKeeper = START): T {
    this.#checkIdle();
    this.#meter.begin(keeper);
    try {
      const instance = this.#takeFor(undefined);
      this.#meter.enter(instance);
      const result = work(instance);
      this.#spare.give(instance);
      return result;
    } catch (error) {
      throw trapped(error);
    } finally {
      this.#meter.end();
    }
  }

  /**
   * Computes one step of a call: from its start, or from answers, to when it waits, or its end. Before it and after it,
   * the guest is only bytes, so another engine of the same module can compute the next step.
   *
   * @returns If it waits, the bytes of the guest are valid until the next step of this thread.
   * @throws what `toRejection` makes of the error that ended the guest
   */
  step<T>(call: GuestCall<T, C>, from?: Continuation): Step<T> {
    return this.#stepAlone(call, from, (asked, instance) => ({ asked, parked: instance.read() }));
  }

  /** What a call asks first, or its result if it asks nothing. The call does not go on. */
  question<T>(call: GuestCall<T, C>): { readonly result: T } | { readonly asked: Buffer } {
    return this.#stepAlone(call, undefined, ([first]) => ({ asked: (first as Asked).record }));
  }

  /** Called when there is an answer for a guest that waits. @internal */
  goOn(fiber: Fiber<unknown, C>, number: number, answer: Uint8Array): void {
    if (!fiber.isOver) this.#run(fiber, number, answer);
  }

  /** Invariant 3: a failure is an answer. @internal */
  goOnAfter(fiber: Fiber<unknown, C>, number: number, error: unknown): void {
    this.goOn(fiber, number, this.#options.answerTo(error));
  }

  #stepAlone<T, S>(
    call: GuestCall<T, C>,
    from: Continuation | undefined,
    onWait: (asked: readonly Asked[], instance: Instance) => S,
  ): { readonly result: T } | S {
    this.#checkIdle();
    const open = from === undefined ? 0 : from.answers.length + from.open;
    const fiber = new Fiber<T, C>(new StepTask(call), this, this.#meter, open);
    let instance: Instance | undefined;
    try {
      instance = this.#enter(fiber);
      if (from !== undefined) instance.attach(from.parked);
      const ended = from === undefined ? fiber.begin(instance) : fiber.goOnWith(instance, from.answers);
      const end =
        ended === WAITS ? onWait(fiber.takeAsked() as readonly Asked[], instance) : { result: ended };
      this.#spare.give(instance);
      return end;
    } catch (error) {
      throw this.#options.toRejection?.(error, instance) ?? trapped(error);
    } finally {
      this.#leave();
    }
  }

  #run<T>(fiber: Fiber<T, C>, number = 0, answer?: Uint8Array): void {
    let instance: Instance | undefined;
    let ended: T | typeof WAITS;
    try {
      this.#checkIdle();
      try {
        instance = this.#enter(fiber);
        ended = answer === undefined ? fiber.begin(instance) : this.#resume(fiber, instance, number, answer);
      } finally {
        this.#leave();
      }
      if (ended === WAITS && !fiber.isOver) fiber.parked = instance.park(PARKING);
      this.#spare.give(instance);
    } catch (error) {
      // The instance is not given back, as after a trap.
      this.#fail(fiber, error, instance);
      return;
    }
    if (fiber.isOver) return;
    if (ended === WAITS) fiber.ask();
    else fiber.end(ended);
  }

  /** Makes the guest in an instance what it was when it began to wait, and gives it the answer. */
  #resume<T>(fiber: Fiber<T, C>, instance: Instance, number: number, answer: Uint8Array): T | typeof WAITS {
    if (fiber.parked !== undefined) {
      instance.unpark(PARKING, fiber.parked);
      this.#unpark(fiber);
    }
    return fiber.goOn(instance, number, answer);
  }

  #fail<T>(fiber: Fiber<T, C>, error: unknown, instance: Instance | undefined): void {
    if (fiber.isOver) return;
    this.#unpark(fiber);
    fiber.fail(this.#options.toRejection?.(error, instance) ?? trapped(error));
  }

  #unpark<T>(fiber: Fiber<T, C>): void {
    if (fiber.parked === undefined) return;
    PARKING.give(fiber.parked.bytes.block, fiber.parked.bytes.size);
    fiber.parked = undefined;
  }

  /** Begins a guest's turn on an instance. */
  #enter(fiber: Fiber<unknown, C>): Instance {
    // If an instance has to be made, the time for that counts as the fiber's.
    this.#meter.begin(fiber.task);
    const instance = this.#takeFor(fiber.task.image);
    this.#current = fiber;
    this.#meter.enter(instance);
    return instance;
  }

  /** An instance whose first state is this image. */
  #takeFor(image: DetachedFiber | undefined): Instance {
    let instance = this.#spare.take();
    // The memory of another image was larger. What a call sees of it must not depend on that.
    if (!instance.fits(image)) instance = this.#spare.take();
    instance.wear(image);
    return instance;
  }

  #leave(): void {
    this.#current = undefined;
    this.#meter.end();
  }

  #checkIdle(): void {
    if (this.#current !== undefined) throw new Error("a guest is running already");
  }
}

function trapped(cause: unknown): HttpBackgroundError {
  if (cause instanceof HttpBackgroundError) return cause;
  return new HttpBackgroundError("GUEST_TRAPPED", `the guest trapped: ${(cause as Error).message}`, {
    cause,
  });
}
