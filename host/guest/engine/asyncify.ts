import { IMPORT_CALL } from "../../../assembly/abi.ts";
import { UnwindArea } from "../parked/unwind-area.ts";
import { type Asker, type GuestFunction, Suspension, WAITS } from "./suspension.ts";
import type { SuspensionKind, SuspensionParts } from "./suspension-kind.ts";

/** Whether the guest's frames are on their way into its memory, or back. */
type Moving = "no" | "unwinding" | "rewinding";

/** The number of a question that the guest asks by waiting for its answer. There is one of them at a time. */
export const BLOCKING_QUESTION = 0;

/**
 * The guest asks as if it called a function that blocks. Asyncify (a pass of Binaryen, see docs/abi.md) has rewritten
 * it: its frames are unwound into its memory, and for the answer they are rewound.
 */
class AsyncifySuspension extends Suspension {
  override readonly mayEndEarly = true;
  readonly #area: UnwindArea;
  readonly #startUnwind: GuestFunction;
  readonly #stopUnwind: GuestFunction;
  readonly #startRewind: GuestFunction;
  readonly #stopRewind: GuestFunction;
  #moving: Moving = "no";
  /** What the import returns to which the guest rewinds. */
  #answer = 0;

  constructor({ exports, memory, allocate, unwindAreaSize }: SuspensionParts) {
    super();
    this.#area = new UnwindArea(memory, allocate(unwindAreaSize), unwindAreaSize);
    this.#startUnwind = exports.asyncify_start_unwind as GuestFunction;
    this.#stopUnwind = exports.asyncify_stop_unwind as GuestFunction;
    this.#startRewind = exports.asyncify_start_rewind as GuestFunction;
    this.#stopRewind = exports.asyncify_stop_rewind as GuestFunction;
  }

  begin(entry: GuestFunction, ptr: number, len: number): unknown {
    this.isGuestsTurn = true;
    return this.#enter(entry, ptr, len);
  }

  goOn(entry: GuestFunction, answer: number): unknown {
    this.#answer = answer;
    this.#startRewind(this.#area.ptr);
    this.#moving = "rewinding";
    // While the guest rewinds, the arguments do not matter, because they are saved in the frames.
    return this.#enter(entry, 0, 0);
  }

  /** The guest calls this twice: first to ask, and again when it has rewound to it. */
  ask(asker: Asker, ptr: number, len: number): number {
    if (this.#moving === "rewinding") return this.#arrive();
    this.checkTurn();
    asker.note(BLOCKING_QUESTION, ptr, len);
    return this.#leave();
  }

  /** The guest calls this twice, too, if it has to wait. */
  override pause(look: () => number | undefined): number {
    if (this.#moving === "rewinding") return this.#arrive();
    return look() ?? this.#leave();
  }

  #arrive(): number {
    this.#moving = "no";
    this.#stopRewind();
    this.isGuestsTurn = true;
    return this.#answer;
  }

  #leave(): number {
    this.isGuestsTurn = false;
    this.#startUnwind(this.#area.ptr);
    this.#moving = "unwinding";
    return 0;
  }

  #enter(entry: GuestFunction, ptr: number, len: number): unknown {
    // A function without parameters ignores these arguments.
    const returned = entry(ptr, len);
    const isItsOwn = this.isGuestsTurn;
    this.isGuestsTurn = false;
    if (isItsOwn) return returned;
    if (this.#moving !== "unwinding") throw new Error("the guest did not rewind to where it was suspended");
    this.#moving = "no";
    this.#area.checkOverflow();
    this.#stopUnwind();
    return WAITS;
  }
}

/** For code that looks as if it blocked. */
export const ASYNCIFY: SuspensionKind = {
  asks: IMPORT_CALL,
  functions: [
    "asyncify_start_unwind",
    "asyncify_stop_unwind",
    "asyncify_start_rewind",
    "asyncify_stop_rewind",
    "asyncify_get_state",
  ],
  attach: (parts) => new AsyncifySuspension(parts),
};
