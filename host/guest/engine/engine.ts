import { HttpBackgroundError } from "../../api/errors.ts";
import { Parking } from "../parked/parking.ts";
import type { EngineOptions } from "./engine-options.ts";
import { Fiber, type FiberOwner, type Task } from "./fiber.ts";
import type { DetachedFiber, Instance } from "./instance.ts";
import { InstanceMaker } from "./instance-maker.ts";
import { LIVE } from "./live-instances.ts";
import { Meter, type TimeKeeper } from "./meter.ts";
import type { GuestModule } from "./module.ts";
import { type Perform, PromisedCall } from "./record-call.ts";

/** How many milliseconds a guest may compute before there is a call: in its start function and its allocator. */
const MOST_START_MS = 20;
const START: TimeKeeper = {
  checkTime: (computedMs) => {
    if (computedMs > MOST_START_MS) throw new Error(`it computes for more than ${MOST_START_MS} ms`);
  },
};
/** The memory for the suspended guests of all engines of this thread. */
const PARKING = new Parking();
const IS_RUNNING = "a guest is running already";

/** A call, for a caller that runs it stretch by stretch. */
export type GuestCall<T, C> = Pick<
  Task<T, C>,
  "name" | "args" | "context" | "takeRecord" | "readResult" | "checkTime"
>;

/** Where a call goes on. */
export interface Continuation {
  readonly parked: DetachedFiber;
  readonly answer: Uint8Array;
}

/** How a stretch ended: with the result of the call, or with a question that the caller has to answer. */
export type Stretch<T> = { readonly result: T } | { readonly asked: Buffer; readonly parked: DetachedFiber };

const ignore = (): void => {};

/** `stretch` returns what happens, so the task learns nothing of it. */
function taskOf<T, C>(call: GuestCall<T, C>): Task<T, C> {
  return {
    name: call.name,
    args: call.args,
    context: call.context,
    takeRecord: (guest, ptr, len) => call.takeRecord?.(guest, ptr, len) ?? guest.memory.copy(ptr, len),
    readResult: (instance, returned) => call.readResult(instance, returned),
    perform: ignore,
    onResult: ignore,
    onError: ignore,
  };
}

/**
 * Runs any number of calls of one guest on one instance, one at a time (invariant 1). While a call is suspended, its
 * bytes are copied out of the instance, and the instance is pristine for other calls.
 */
export class Engine<C = undefined> implements FiberOwner<C> {
  readonly #maker: InstanceMaker<C>;
  readonly #options: EngineOptions<C>;
  readonly #self = new WeakRef(this);
  readonly #meter: Meter;
  /** A pristine instance that no fiber uses. */
  #spare: Instance | undefined;
  /** The fiber that runs in the guest now. */
  #current: Fiber<unknown, C> | undefined;

  /** @throws HttpBackgroundError GUEST_TRAPPED if no instance can be made */
  constructor(guest: GuestModule, options: EngineOptions<C>) {
    this.#options = options;
    this.#meter = new Meter(guest.isConfined);
    this.#maker = new InstanceMaker(guest, options, this.#meter, () => this.#current);
    try {
      this.#meter.begin(START);
      this.#spare = this.#maker.make();
    } catch (error) {
      throw trapped(error);
    } finally {
      this.#meter.end();
    }
    LIVE.addSpare(this.#self);
  }

  /**
   * Starts a call, which may end before this returns. After a trap, the task gets the error of `toRejection`, and the
   * instance is dropped. Other calls are not affected.
   */
  start<T>(task: Task<T, C>): Fiber<T, C> {
    const fiber = new Fiber<T, C>(task, this, this.#meter);
    this.#run(fiber, (instance) => fiber.begin(instance));
    return fiber;
  }

  /**
   * Ends a call: the guest is never resumed, its memory is freed, and the task gets `reason` as its error. If the call
   * has ended already, nothing happens.
   */
  abandon<T>(fiber: Fiber<T, C>, reason: unknown): void {
    if (fiber.isOver) return;
    this.#unpark(fiber);
    fiber.isOver = true;
    fiber.task.onError(reason);
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

  /** Does work on the pristine instance that does not suspend. A trap is handled as in `call`. */
  compute<T>(work: (instance: Instance) => T): T {
    const instance = this.#takeInstance();
    try {
      const result = work(instance);
      this.#release(instance);
      return result;
    } catch (error) {
      throw trapped(error);
    }
  }

  /**
   * Runs one stretch of a call: from its start, or from an answer, to its next question or its end. Before it and after
   * it, the guest is only bytes, so another engine of the same module can run the next stretch.
   *
   * @throws what `toRejection` makes of the error that ended the guest
   */
  stretch<T>(call: GuestCall<T, C>, from?: Continuation): Stretch<T> {
    return this.#stretch(call, from, (asked, instance) => ({
      asked,
      parked: instance.detach(PARKING),
    }));
  }

  /** What a call asks first, or its result if it asks nothing. The call does not go on. */
  question<T>(call: GuestCall<T, C>): { readonly result: T } | { readonly asked: Buffer } {
    return this.#stretch(call, undefined, (asked) => ({ asked }));
  }

  #stretch<T, S>(
    call: GuestCall<T, C>,
    from: Continuation | undefined,
    onQuestion: (asked: Buffer, instance: Instance) => S,
  ): { readonly result: T } | S {
    if (this.#current !== undefined) throw new Error(IS_RUNNING);
    const fiber = new Fiber<T, C>(taskOf(call), this, this.#meter);
    let instance: Instance | undefined;
    try {
      this.#meter.begin(call);
      instance = this.#takeInstance();
      this.#current = fiber as Fiber<unknown, C>;
      this.#meter.enter(instance);
      if (from !== undefined) instance.attach(PARKING, from.parked);
      const ended = from === undefined ? fiber.begin(instance) : fiber.goOn(instance, from.answer);
      const end = ended ?? onQuestion(fiber.takeRecord(), instance);
      this.#current = undefined;
      this.#release(instance);
      return end;
    } catch (error) {
      throw this.#options.toRejection?.(error, instance) ?? trapped(error);
    } finally {
      this.#current = undefined;
      this.#meter.end();
    }
  }

  /** Drops the spare instance. The next call must make a new one. */
  dropSpare(): void {
    this.#spare = undefined;
  }

  /** Called when a suspended guest has its answer. @internal */
  onAnswer(fiber: Fiber<unknown, C>, bytes: Uint8Array): void {
    if (fiber.isOver) return;
    this.#run(fiber, (instance) => {
      if (fiber.parked !== undefined) {
        instance.unpark(PARKING, fiber.parked);
        this.#unpark(fiber);
      }
      return fiber.goOn(instance, bytes);
    });
  }

  /** Invariant 3: a failure is an answer. @internal */
  onFailure(fiber: Fiber<unknown, C>, error: unknown): void {
    this.onAnswer(fiber, this.#options.answerTo(error));
  }

  #run<T>(fiber: Fiber<T, C>, step: (instance: Instance) => { result: T } | undefined): void {
    let instance: Instance | undefined;
    let ended: { result: T } | undefined;
    if (this.#current !== undefined) {
      this.#fail(fiber, new Error(IS_RUNNING), undefined);
      return;
    }
    try {
      // If an instance has to be made, the time for that counts as the fiber's.
      this.#meter.begin(fiber.task);
      instance = this.#takeInstance();
      this.#current = fiber as Fiber<unknown, C>;
      this.#meter.enter(instance);
      ended = step(instance);
    } catch (error) {
      // The instance is not released, as after a trap.
      this.#fail(fiber, error, instance);
      return;
    } finally {
      this.#current = undefined;
      this.#meter.end();
    }
    if (ended === undefined && !fiber.isOver) {
      this.#suspend(fiber, instance);
      return;
    }
    this.#release(instance);
    if (ended === undefined || fiber.isOver) return;
    fiber.isOver = true;
    fiber.task.onResult(ended.result);
  }

  #fail<T>(fiber: Fiber<T, C>, error: unknown, instance: Instance | undefined): void {
    const { task } = fiber;
    if (fiber.isOver) return;
    fiber.isOver = true;
    this.#unpark(fiber);
    task.onError(this.#options.toRejection?.(error, instance) ?? trapped(error));
  }

  #suspend<T>(fiber: Fiber<T, C>, instance: Instance): void {
    try {
      fiber.parked = instance.park(PARKING);
    } catch (error) {
      // There is not enough memory to save it.
      this.#fail(fiber, error, instance);
      return;
    }
    this.#release(instance);
    fiber.ask();
  }

  #unpark<T>(fiber: Fiber<T, C>): void {
    if (fiber.parked === undefined) return;
    PARKING.give(fiber.parked.bytes.block, fiber.parked.bytes.size);
    fiber.parked = undefined;
  }

  #takeInstance(): Instance {
    if (this.#current !== undefined) throw new Error(IS_RUNNING);
    const instance = this.#spare ?? this.#maker.make();
    this.#spare = undefined;
    return instance;
  }

  /** Called when a call has ended or its bytes are saved. The next call may use the instance. */
  #release(instance: Instance): void {
    if (instance.hasGrown || this.#spare !== undefined) return;
    instance.reset();
    this.#spare = instance;
    LIVE.addSpare(this.#self);
  }
}

function trapped(cause: unknown): HttpBackgroundError {
  if (cause instanceof HttpBackgroundError) return cause;
  return new HttpBackgroundError("GUEST_TRAPPED", `the guest trapped: ${(cause as Error).message}`, {
    cause,
  });
}
