import { HttpBackgroundError } from "../errors.ts";
import type { Instance, ParkedFiber } from "./instance.ts";

/** Asyncify's states (Binaryen, src/passes/Asyncify.cpp). */
const RUNNING = 0;
const UNWINDING = 1;
const REWINDING = 2;

/** What a suspended guest waits for: the answer to the record that it gave. May reject or throw. */
export type Perform = (record: Buffer) => Promise<Uint8Array>;

/** One call of a guest, which may be suspended any number of times, and is then nothing but bytes. */
export class Fiber {
  readonly perform: Perform;
  readonly resolve: (result: Buffer) => void;
  readonly reject: (error: unknown) => void;
  private readonly name: string;
  /** Set while the fiber is suspended. */
  parked: ParkedFiber | undefined;
  /** An instance of its own, for a fiber too large to be copied. */
  instance: Instance | undefined;
  /** Set when nobody waits for the result any more. */
  isAbandoned = false;
  private record: Buffer | undefined;
  /** Where the answer lies, while the guest rewinds to the import. */
  private rewindTo: number | undefined;
  private isInside = false;

  constructor(
    name: string,
    perform: Perform,
    resolve: (result: Buffer) => void,
    reject: (error: unknown) => void,
  ) {
    this.name = name;
    this.perform = perform;
    this.resolve = resolve;
    this.reject = reject;
  }

  /** Calls the guest's export with its arguments. Returns the result, or undefined if the guest is suspended now. */
  start(instance: Instance, args: Uint8Array): Buffer | undefined {
    return this.enter(instance, instance.put(args), args.length);
  }

  /** Lets the guest go on with the answer, where it was suspended: `instance` is as it was then. */
  resume(instance: Instance, answer: Uint8Array): Buffer | undefined {
    this.rewindTo = instance.putRecord(answer);
    instance.startRewind(instance.area.ptr);
    // Arguments are not looked at while rewinding: they are among the frames.
    return this.enter(instance, 0, 0);
  }

  /** What the guest asked for when it was suspended. */
  takeRecord(): Buffer {
    const record = this.record as Buffer;
    this.record = undefined;
    return record;
  }

  /** What the import that suspends does; the guest calls it a first time, and again when it has rewound to it. */
  suspend(instance: Instance, ptr: number, len: number): number {
    const state = instance.getState();
    if (!this.isInside || state === UNWINDING) throw new Error("the guest called an import out of turn");
    if (state === REWINDING) return this.stopRewind(instance);
    this.record = instance.memory.copy(ptr, len);
    instance.startUnwind(instance.area.ptr);
    return 0;
  }

  private stopRewind(instance: Instance): number {
    const answer = this.rewindTo;
    if (answer === undefined) throw new Error("the guest rewinds without having been suspended");
    this.rewindTo = undefined;
    instance.stopRewind();
    return answer;
  }

  private enter(instance: Instance, ptr: number, len: number): Buffer | undefined {
    this.isInside = true;
    const result = instance.function(this.name)(ptr, len);
    this.isInside = false;
    if (this.record === undefined) return instance.memory.copyRecord(result);
    if (instance.area.hasOverflowed) {
      throw new HttpBackgroundError("GUEST_TRAPPED", "the guest overflowed its unwind area");
    }
    instance.stopUnwind();
    if (instance.getState() !== RUNNING) throw new Error("the guest did not stop unwinding");
    return undefined;
  }
}
