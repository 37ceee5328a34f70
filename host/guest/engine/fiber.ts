import type { GuestMemory } from "../parked/memory.ts";
import { afterTurn, currentTurn } from "./event-loop.ts";
import type { Instance, ParkedFiber } from "./instance.ts";
import type { Meter } from "./meter.ts";

/** Where the answer goes that a suspended guest waits for. Only the first one counts. */
export interface Answer {
  resume(bytes: Uint8Array): void;
  fail(error: unknown): void;
}

/** One call of a guest: what is called, who answers it, and what becomes of the result. */
export interface Task<T, C> {
  /** The export that is called. */
  readonly name: string;
  /** Copied into the guest, which gets pointer and length. Undefined calls it without arguments. */
  readonly args?: Uint8Array | undefined;
  /** What the functions that the guest imports are told of the call. */
  readonly context: C;
  /** The guest is suspended, and waits for the answer to `record`. May throw, which is a failure too. */
  perform(record: Buffer, answer: Answer): void;
  /** Makes the result of what the export returned, while the guest's memory is as it left it. */
  readResult(instance: Instance, returned: unknown): T;
  /** Either this is called, once, or `onError`. */
  onResult(result: T): void;
  onError(error: unknown): void;
  /** Called now and then while a confined guest computes; throws to end it. */
  checkTime?(computedMs: number): void;
}

/** Who runs fibers. */
export interface FiberOwner<C> {
  /**
   * Whether a guest goes on in another turn of the event loop than the one it asked in. One that has its answers at once,
   * and computes between them, would leave none to anybody else.
   */
  readonly leavesTurns: boolean;
  onAnswer(fiber: Fiber<unknown, C>, bytes: Uint8Array): void;
  onFailure(fiber: Fiber<unknown, C>, error: unknown): void;
}

/** The guest as a function that it calls sees it. */
export interface GuestAccess<C> {
  readonly memory: GuestMemory;
  readonly context: C;
  /** Copies a record into the guest, and returns where it is. */
  putRecord(bytes: Uint8Array): number;
  /** Charges the guest for so many bytes of the host's work. */
  spend(bytes: number): void;
}

/** A host function that does not suspend. Pointers are the guest's: `memory` checks them. */
export type HostFunction<C = unknown> = (guest: GuestAccess<C>, ...args: number[]) => number | undefined;

/** What goes on between the host's call of an export and its return. The guest may call imports in GUEST alone. */
type Phase = 0 | 1 | 2 | 3;
const HOST: Phase = 0;
const GUEST: Phase = 1;
const UNWINDING: Phase = 2;
const REWINDING: Phase = 3;

/** One call of a guest, which may be suspended any number of times, and is then nothing but bytes. */
export class Fiber<T = unknown, C = unknown> implements GuestAccess<C>, Answer {
  readonly task: Task<T, C>;
  /** Set while the fiber is suspended. */
  parked: ParkedFiber | undefined;
  /** An instance of its own, for a suspended fiber too large to be copied. */
  kept: Instance | undefined;
  /** Set when the task has its result or its error: nothing happens to the fiber any more. */
  isOver = false;
  readonly #owner: FiberOwner<C>;
  readonly #meter: Meter;
  /** Where it runs now. */
  #inside: Instance | undefined;
  #record: Buffer | undefined;
  /** Where the answer lies, while the guest rewinds to the import. */
  #answer = 0;
  #phase: Phase = HOST;
  #isWaiting = false;
  #isAsking = false;
  /** The turn in which the guest asked. */
  #askedIn = 0;

  constructor(task: Task<T, C>, owner: FiberOwner<C>, meter: Meter) {
    this.task = task;
    this.#owner = owner;
    this.#meter = meter;
  }

  /** Calls the guest's export with its arguments. Returns the result, or undefined if the guest is suspended now. */
  begin(instance: Instance): { result: T } | undefined {
    this.#inside = instance;
    const { args } = this.task;
    if (args === undefined) return this.#enter(GUEST, 0, 0);
    return this.#enter(GUEST, instance.put(args), args.length);
  }

  /** Lets the guest go on with the answer, where it was suspended: `instance` is as it was then. */
  goOn(instance: Instance, answer: Uint8Array): { result: T } | undefined {
    this.#inside = instance;
    this.#answer = instance.putRecord(answer);
    instance.startRewind(instance.area.ptr);
    // Arguments are not looked at while rewinding: they are among the frames.
    return this.#enter(REWINDING, 0, 0);
  }

  /** The guest is suspended: somebody has to answer it. */
  ask(): void {
    const record = this.#record as Buffer;
    this.#record = undefined;
    this.#isWaiting = true;
    this.#isAsking = true;
    if (this.#owner.leavesTurns) this.#askedIn = currentTurn();
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

  /** What the import that suspends does; the guest calls it a first time, and again when it has rewound to it. */
  suspend(ptr: number, len: number): number {
    const instance = this.#inside as Instance;
    if (this.#phase === REWINDING) {
      this.#phase = HOST;
      instance.stopRewind();
      this.#phase = GUEST;
      return this.#answer;
    }
    this.#checkTurn();
    this.#record = instance.memory.copy(ptr, len);
    this.#phase = HOST;
    instance.startUnwind(instance.area.ptr);
    this.#phase = UNWINDING;
    return 0;
  }

  /** What an import that does not suspend does. */
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

  /** An answer that is there at once waits for its turn: a guest that asks in a loop would go ever deeper. */
  #whenAsked(goOn: () => void): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    if (this.#owner.leavesTurns) afterTurn(this.#askedIn, goOn);
    else if (this.#isAsking) queueMicrotask(goOn);
    else goOn();
  }

  /** A guest that was transformed skips its imports while it unwinds and rewinds, and none allocates with their help. */
  #checkTurn(): void {
    if (this.#phase !== GUEST) throw new Error("the guest called an import out of turn");
  }

  #enter(phase: Phase, ptr: number, len: number): { result: T } | undefined {
    const instance = this.#inside as Instance;
    this.#phase = phase;
    // A function that takes no arguments does not mind to be given some.
    const returned = instance.function(this.task.name)(ptr, len);
    const ended = this.#phase as Phase;
    this.#phase = HOST;
    if (ended === GUEST) return { result: this.task.readResult(instance, returned) };
    if (ended !== UNWINDING) throw new Error("the guest did not rewind to where it was suspended");
    instance.area.checkOverflow();
    instance.stopUnwind();
    this.#inside = undefined;
    return undefined;
  }
}
