import type { HeldBytes, PageStore } from "../pages/page-store.ts";
import type { LongBytes } from "../pages/paged-bytes.ts";
import type { Order } from "../steps/script.ts";
import type { StepEnd, StepOutcome } from "../steps/step.ts";

/** A worker has up to so many times the pages that a step may need, so it seldom waits for more. */
const STEPS_AHEAD = 1.25;

/** The end of a step whose pages are not lent any more. */
export interface HeldEnd {
  readonly end: StepEnd;
  /** Called when the run has taken what it needs. */
  release(): void;
}

/** The pages that one worker may fill, and what it was told of the memory that they are in. */
export class PageLoan {
  readonly #store: PageStore;
  readonly #most: number;
  readonly #lent = new Set<number>();
  /** The ids of segments that the worker knows. */
  readonly #known = new Set<number>();
  #version = 0;

  constructor(store: PageStore, pagesForStep: number) {
    this.#store = store;
    this.#most = Math.ceil(STEPS_AHEAD * pagesForStep);
  }

  /** Whether the worker should get more. */
  get isShort(): boolean {
    return this.#lent.size < this.#most;
  }

  /** What the worker has to be told. */
  renew(): Pick<Order, "segments" | "dropped" | "lent"> {
    const lent = this.#take(this.#most - this.#lent.size);
    for (const page of lent) this.#lent.add(page);
    if (this.#version === this.#store.version) return { segments: [], dropped: [], lent };
    this.#version = this.#store.version;
    const segments = this.#store.segments.filter(({ id }) => !this.#known.has(id));
    const ids = new Set(this.#store.segments.map(({ id }) => id));
    const dropped = [...this.#known].filter((id) => !ids.has(id));
    for (const { id } of segments) this.#known.add(id);
    for (const id of dropped) this.#known.delete(id);
    return { segments, dropped, lent };
  }

  /** The pages that the worker has filled are not lent any more. */
  endStep(end: StepEnd): HeldEnd {
    /** By their first pages, because data that are posted twice are in the same ones. */
    const held = new Map<number, HeldBytes>();
    const hold = (bytes: LongBytes): LongBytes => {
      if (bytes instanceof Uint8Array) return bytes;
      const [first = 0] = bytes.pages;
      const known = held.get(first);
      if (known !== undefined) return known;
      for (const page of bytes.pages) this.#lent.delete(page);
      const own = this.#store.adopt(bytes);
      held.set(first, own);
      return own;
    };
    return {
      end: { ...end, output: hold(end.output), outcome: withBytes(end.outcome, hold) },
      release: () => {
        for (const own of held.values()) own.release();
      },
    };
  }

  /** The worker has ended. */
  end(): void {
    this.#store.give([...this.#lent]);
    this.#lent.clear();
  }

  /** None if there is no memory for more: then the worker does without. */
  #take(count: number): number[] {
    try {
      return this.#store.take(count);
    } catch {
      return [];
    }
  }
}

function withBytes(outcome: StepOutcome, hold: (bytes: LongBytes) => LongBytes): StepOutcome {
  if (outcome.kind !== "waits") return outcome;
  const own = <T extends { readonly bytes: LongBytes }>(value: T): T => ({
    ...value,
    bytes: hold(value.bytes),
  });
  const calls = outcome.calls.map((call) =>
    call.kind === "asked" && call.data.length > 0 ? { ...call, data: call.data.map(own) } : call,
  );
  return { ...outcome, parked: own(outcome.parked), calls };
}
