import type { GuestMemory } from "../parked/memory.ts";
import type { GuestAccess } from "./guest-access.ts";
import type { Instance, ParkedFiber } from "./instance.ts";
import type { Meter } from "./meter.ts";
import { type Answering, Question } from "./question.ts";
import type { GivenAnswer } from "./step.ts";
import { type Asker, WAITS } from "./suspension.ts";
import type { Asked, Task } from "./task.ts";

/** The owner of fibers, which runs them. */
export interface FiberOwner<C> {
  goOn(fiber: Fiber<unknown, C>, number: number, answer: Uint8Array): void;
  goOnAfter(fiber: Fiber<unknown, C>, number: number, error: unknown): void;
}

/** A guest waits, although it has asked nothing that has no answer yet. */
export class IdleGuest extends Error {
  constructor() {
    super("the guest waits for nothing");
  }
}

const NOTHING: Asked<unknown>[] = [];

/** One call of a guest. It may wait any number of times, and while it does, it is only bytes. */
export class Fiber<T = unknown, C = unknown> implements GuestAccess<C>, Asker, Answering {
  readonly task: Task<T, C, unknown>;
  /** What it needs to go on besides the answer; undefined if it needs nothing. */
  parked: ParkedFiber | undefined;
  readonly #owner: FiberOwner<C>;
  readonly #meter: Meter;
  /** The instance in which it runs now. */
  #inside: Instance | undefined;
  /** The questions of this step. */
  #asked: Asked<unknown>[] = NOTHING;
  /** How many of its questions have no answer yet. */
  #open: number;
  /** Those of its questions that it has given up in this step; null if there are none. */
  #cancelled: Set<number> | null = null;
  #isOver = false;

  /** @param open How many questions it has asked in earlier steps, and has no answer yet */
  constructor(task: Task<T, C, unknown>, owner: FiberOwner<C>, meter: Meter, open = 0) {
    this.task = task;
    this.#owner = owner;
    this.#meter = meter;
    this.#open = open;
  }

  /** Whether the task has its result or its error. Then the fiber does nothing any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Calls the guest's export with its arguments. @returns the result; WAITS if the guest waits */
  begin(instance: Instance): T | typeof WAITS {
    const { args, name } = this.task;
    this.#inside = instance;
    try {
      const entry = instance.function(name);
      const { suspension } = instance;
      if (args === undefined) return this.#endStep(instance, suspension.begin(entry, 0, 0));
      return this.#endStep(instance, suspension.begin(entry, instance.put(args), args.length));
    } finally {
      // A fiber that has ended would hold the memory of an instance.
      this.#inside = undefined;
    }
  }

  /**
   * Gives the guest the answer to one of its questions. `instance` is as it was when the guest began to wait.
   *
   * @param answer null if the guest gets the number of the question
   */
  goOn(instance: Instance, number: number, answer: Uint8Array | null): T | typeof WAITS {
    this.#inside = instance;
    this.#open--;
    try {
      const entry = instance.function(this.task.name);
      const record = answer === null ? number : instance.putRecord(answer);
      return this.#endStep(instance, instance.suspension.goOn(entry, record, number));
    } finally {
      this.#inside = undefined;
    }
  }

  /** The same with several answers, one after the other. */
  goOnWith(instance: Instance, answers: readonly GivenAnswer[]): T | typeof WAITS {
    let ended: T | typeof WAITS = WAITS;
    for (const { number, bytes } of answers) {
      // After an earlier one, it does not want this one any more.
      if (this.#cancelled?.has(number)) continue;
      ended = this.goOn(instance, number, bytes);
      if (ended !== WAITS) break;
    }
    return ended;
  }

  /** The questions of the last step. */
  takeAsked(): readonly Asked<unknown>[] {
    const asked = this.#asked;
    this.#asked = NOTHING;
    if (this.#cancelled === null) return asked;
    const cancelled = this.#cancelled;
    return asked.filter(({ number }) => !cancelled.has(number));
  }

  /** Asks the task for the answers, when the guest waits. */
  ask(): void {
    const asked = this.takeAsked();
    for (let i = 0; i < asked.length; i++) {
      const { number, record } = asked[i] as Asked<unknown>;
      // The question before may have ended the call.
      if (!this.#isOver) askTask(this.task, record, new Question(this, number));
    }
  }

  end(result: T): void {
    this.#isOver = true;
    this.task.onResult(result);
  }

  fail(error: unknown): void {
    this.#isOver = true;
    this.task.onError(error);
  }

  onAnswer(number: number, bytes: Uint8Array): void {
    this.#owner.goOn(this as Fiber<unknown, C>, number, bytes);
  }

  onFailure(number: number, error: unknown): void {
    this.#owner.goOnAfter(this as Fiber<unknown, C>, number, error);
  }

  /** The guest calls the import that asks. @returns what this import returns */
  onAsk(ptr: number, len: number, number: number): number {
    return (this.#inside as Instance).suspension.ask(this, ptr, len, number);
  }

  /** The guest calls an import in which it may have to wait. @returns what this import returns */
  onPause(look: () => number | undefined): number {
    return (this.#inside as Instance).suspension.pause(() => {
      this.checkTurn();
      return look();
    });
  }

  note(number: number, ptr: number, len: number): void {
    const record = this.task.takeRecord?.(this, ptr, len, number) ?? this.memory.copy(ptr, len);
    if (this.#asked === NOTHING) this.#asked = [{ number, record }];
    else this.#asked.push({ number, record });
    this.#open++;
  }

  /** The guest says that it waits no more for the answer to a question. */
  onCancel(number: number): void {
    this.#open--;
    this.#cancelled ??= new Set();
    this.#cancelled.add(number);
    // Numbers rise. What was asked in this step is left out when it is taken: a guest may give up thousands at once.
    if (number < (this.#asked[0]?.number ?? Number.POSITIVE_INFINITY)) this.task.onCancel?.(number);
  }

  /** The guest calls another import. Throws unless it may do that now. */
  checkTurn(): void {
    (this.#inside as Instance).suspension.checkTurn();
    this.#meter.spend(0);
  }

  get memory(): GuestMemory {
    return (this.#inside as Instance).memory;
  }

  get context(): C {
    return this.task.context;
  }

  putRecord(...parts: Uint8Array[]): number {
    const instance = this.#inside as Instance;
    return instance.suspension.allocating(() => instance.putRecord(...parts));
  }

  spend(bytes: number): void {
    this.#meter.spend(bytes);
  }

  #endStep(instance: Instance, returned: unknown): T | typeof WAITS {
    if (returned === WAITS && this.#open <= 0) throw new IdleGuest();
    if (returned !== WAITS && this.#open > 0 && !instance.suspension.mayEndEarly)
      throw new Error("the guest does not wait for an answer");
    return returned === WAITS ? WAITS : this.task.readResult(instance, returned);
  }
}

function askTask(
  task: Pick<Task<unknown, unknown, unknown>, "perform">,
  record: unknown,
  question: Question,
): void {
  try {
    task.perform(record, question);
  } catch (error) {
    question.fail(error);
  } finally {
    question.wasAsked();
  }
}
