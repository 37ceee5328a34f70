import type { GuestMemory } from "../parked/memory.ts";
import type { Instance, ParkedFiber } from "./instance.ts";
import type { Meter } from "./meter.ts";

/** Takes the answer for a suspended guest. Only the first answer counts. */
export interface Answer {
  resume(bytes: Uint8Array): void;
  fail(error: unknown): void;
}

/** One call of a guest: the export to call, the answers to its suspensions, and what happens with the result. */
export interface Task<T, C> {
  /** The export that is called. */
  readonly name: string;
  /** Copied into the guest, which gets pointer and length. Undefined calls it without arguments. */
  readonly args?: Uint8Array | undefined;
  /** Passed to the functions that the guest imports. */
  readonly context: C;
  /**
   * Copies the record that the guest asks with out of its memory, and gives what `perform` is called with. If this throws, the guest is
   * ended. @default a copy of the record
   */
  takeRecord?(guest: GuestAccess<C>, ptr: number, len: number): Buffer;
  /** Called when the guest is suspended and waits for the answer to `record`. If this throws, it is a failure. */
  perform(record: Buffer, answer: Answer): void;
  /** Reads the result from the export's return value. The guest's memory is still as the guest left it. */
  readResult(instance: Instance, returned: unknown): T;
  /** Either this or `onError` is called, once. */
  onResult(result: T): void;
  onError(error: unknown): void;
  /** Called from time to time while a confined guest computes. It throws to end the guest. */
  checkTime?(computedMs: number): void;
}

/** The owner of fibers, which runs them. */
export interface FiberOwner<C> {
  onAnswer(fiber: Fiber<unknown, C>, bytes: Uint8Array): void;
  onFailure(fiber: Fiber<unknown, C>, error: unknown): void;
}

/** What a function that the guest imports can do with the guest. */
export interface GuestAccess<C> {
  readonly memory: GuestMemory;
  readonly context: C;
  /** Copies a record into the guest. Returns its address. */
  putRecord(bytes: Uint8Array): number;
  /** Charges the guest for the host's work on this number of bytes. */
  spend(bytes: number): void;
}

/** A host function that does not suspend. Pointers come from the guest, so `memory` checks them. */
export type HostFunction<C = unknown> = (guest: GuestAccess<C>, ...args: number[]) => number | undefined;

/** What happens between the host's call of an export and its return. Only in GUEST, the guest may call imports. */
type Phase = 0 | 1 | 2 | 3;
const HOST: Phase = 0;
const GUEST: Phase = 1;
const UNWINDING: Phase = 2;
const REWINDING: Phase = 3;

/** One call of a guest. It may be suspended any number of times, and while it is, it is only bytes. */
export class Fiber<T = unknown, C = unknown> implements GuestAccess<C>, Answer {
  readonly task: Task<T, C>;
  /** Set while the fiber is suspended. */
  parked: ParkedFiber | undefined;
  /** Set when the task has its result or its error. Then the fiber does nothing any more. */
  isOver = false;
  readonly #owner: FiberOwner<C>;
  readonly #meter: Meter;
  /** The instance in which it runs now. */
  #inside: Instance | undefined;
  #record: Buffer | undefined;
  /** The address of the answer, while the guest rewinds to the import. */
  #answer = 0;
  #phase: Phase = HOST;
  #isWaiting = false;
  #isAsking = false;

  constructor(task: Task<T, C>, owner: FiberOwner<C>, meter: Meter) {
    this.task = task;
    this.#owner = owner;
    this.#meter = meter;
  }

  /** Calls the guest's export with its arguments. Returns the result; undefined if the guest is suspended now. */
  begin(instance: Instance): { result: T } | undefined {
    this.#inside = instance;
    const { args } = this.task;
    if (args === undefined) return this.#enter(GUEST, 0, 0);
    return this.#enter(GUEST, instance.put(args), args.length);
  }

  /** Continues the guest with the answer, where it was suspended. `instance` is as it was at that time. */
  goOn(instance: Instance, answer: Uint8Array): { result: T } | undefined {
    this.#inside = instance;
    this.#answer = instance.putRecord(answer);
    instance.startRewind(instance.area.ptr);
    // While the guest rewinds, the arguments do not matter, because they are saved in the frames.
    return this.#enter(REWINDING, 0, 0);
  }

  /** What the guest asked with, when it was suspended. */
  takeRecord(): Buffer {
    const record = this.#record as Buffer;
    this.#record = undefined;
    return record;
  }

  /** Asks the task for the answer, after the guest was suspended. */
  ask(): void {
    const record = this.takeRecord();
    this.#isWaiting = true;
    this.#isAsking = true;
    try {
      this.task.perform(record, this);
    } catch (error) {
      this.fail(error);
    } finally {
      this.#isAsking = false;
    }
  }

  resume(bytes: Uint8Array): void {
    if (bytes instanceof Uint8Array)
      this.#whenAsked(() => this.#owner.onAnswer(this as Fiber<unknown, C>, bytes));
    else this.fail(new TypeError("the answer is something else than bytes"));
  }

  fail(error: unknown): void {
    this.#whenAsked(() => this.#owner.onFailure(this as Fiber<unknown, C>, error));
  }

  /** The import that suspends. The guest calls it twice: first to suspend, and again when it has rewound to it. */
  suspend(ptr: number, len: number): number {
    const instance = this.#inside as Instance;
    if (this.#phase === REWINDING) {
      this.#phase = HOST;
      instance.stopRewind();
      this.#phase = GUEST;
      return this.#answer;
    }
    this.#checkTurn();
    this.#record = this.task.takeRecord?.(this, ptr, len) ?? instance.memory.copy(ptr, len);
    this.#phase = HOST;
    instance.startUnwind(instance.area.ptr);
    this.#phase = UNWINDING;
    return 0;
  }

  /** Calls the host function of an import that does not suspend. */
  callHost(call: HostFunction<C>, args: number[]): number | undefined {
    this.#checkTurn();
    this.#meter.spend(0);
    return call(this, ...args);
  }

  get memory(): GuestMemory {
    return (this.#inside as Instance).memory;
  }

  get context(): C {
    return this.task.context;
  }

  putRecord(bytes: Uint8Array): number {
    this.#phase = HOST;
    const ptr = (this.#inside as Instance).putRecord(bytes);
    this.#phase = GUEST;
    return ptr;
  }

  spend(bytes: number): void {
    this.#meter.spend(bytes);
  }

  /** An answer that comes at once has to wait. Otherwise a guest that asks in a loop would fill the stack. */
  #whenAsked(goOn: () => void): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    if (this.#isAsking) queueMicrotask(goOn);
    else goOn();
  }

  /**
   * Throws unless the guest may call imports now. A well transformed guest does not call them while it unwinds or
   * rewinds.
   */
  #checkTurn(): void {
    if (this.#phase !== GUEST) throw new Error("the guest called an import out of turn");
  }

  #enter(phase: Phase, ptr: number, len: number): { result: T } | undefined {
    try {
      return this.#call(this.#inside as Instance, phase, ptr, len);
    } finally {
      // A fiber that has ended would hold the memory of an instance.
      this.#inside = undefined;
    }
  }

  #call(instance: Instance, phase: Phase, ptr: number, len: number): { result: T } | undefined {
    this.#phase = phase;
    // A function without parameters ignores these arguments.
    const returned = instance.function(this.task.name)(ptr, len);
    const ended = this.#phase as Phase;
    this.#phase = HOST;
    if (ended === GUEST) return { result: this.task.readResult(instance, returned) };
    if (ended !== UNWINDING) throw new Error("the guest did not rewind to where it was suspended");
    instance.area.checkOverflow();
    instance.stopUnwind();
    return undefined;
  }
}
