/** A function of the guest. */
export type GuestFunction = (...args: number[]) => unknown;

/** What a step returns in place of a result, if the guest waits for an answer. */
export const WAITS: unique symbol = Symbol("the guest waits");

/** Who learns what a guest asks with. */
export interface Asker {
  note(number: number, ptr: number, len: number): void;
}

/**
 * The way in which the guest of one instance waits for answers, and goes on with them. It knows whose turn it is: the
 * guest may call imports only in its own.
 */
export abstract class Suspension {
  /** Whether the call may end though questions have no answer. Then they get none. */
  readonly mayEndEarly: boolean = false;
  /** Bytes at the beginning of the memory that a guest does not need while it waits, such as an empty stack. They are zero at first. */
  readonly deadBytes: number = 0;
  /** Whether the guest's own code runs. */
  protected isGuestsTurn = false;

  /** Calls an export. @returns its result, or WAITS */
  abstract begin(entry: GuestFunction, ptr: number, len: number): unknown;

  /**
   * Goes on with an answer. The memory is as it was when the guest began to wait.
   *
   * @param entry The export with which the call began
   * @param answer The address of the record, or what the import returns in which the guest waits
   * @param number That of the question
   */
  abstract goOn(entry: GuestFunction, answer: number, number: number): unknown;

  /** The guest calls the import that asks. @returns what this import returns */
  abstract ask(asker: Asker, ptr: number, len: number, number: number): number;

  /**
   * The guest calls an import in which it may have to wait.
   *
   * @param look Called in its turn. Returns what the import returns; undefined if the guest has to wait
   * @returns what this import returns
   */
  pause(_look: () => number | undefined): number {
    throw new Error("this guest cannot wait in an import");
  }

  /** @throws Error unless the guest may call imports now */
  checkTurn(): void {
    if (!this.isGuestsTurn) throw new Error("the guest called an import out of turn");
  }

  /** Calls the guest's allocator, in the turn of the guest. It may call no import. */
  allocating(allocate: () => number): number {
    this.isGuestsTurn = false;
    const ptr = allocate();
    this.isGuestsTurn = true;
    return ptr;
  }
}
