import { now } from "../seam/clock.ts";
import { requireArguments, toDictionary } from "../values/idl.ts";
import { withConstants } from "../values/interfaces.ts";

/** What an EventTarget does with an event that only this module can. */
export interface Dispatching {
  /** Marks an event that no script has made. */
  trust(event: Event): Event;
  /** @throws DOMException InvalidStateError if it is being dispatched */
  begin(event: Event, target: object): void;
  end(event: Event): void;
  isStopped(event: Event): boolean;
  setPassive(event: Event, isPassive: boolean): void;
}

/** @internal */
export let dispatching: Dispatching;

const NONE = 0;
const AT_TARGET = 2;

export class Event {
  readonly #type: string;
  readonly #bubbles: boolean;
  readonly #cancelable: boolean;
  readonly #composed: boolean;
  readonly #timeStamp = now();
  #target: object | null = null;
  #phase = NONE;
  #isPropagationStopped = false;
  #isStopped = false;
  #isCanceled = false;
  #isPassive = false;
  #isTrusted = false;

  static {
    dispatching = {
      trust(event) {
        event.#isTrusted = true;
        return event;
      },
      begin(event, target) {
        if (event.#phase !== NONE)
          throw new DOMException("the event is being dispatched", "InvalidStateError");
        event.#phase = AT_TARGET;
        event.#target = target;
      },
      end(event) {
        event.#phase = NONE;
        event.#isPropagationStopped = false;
        event.#isStopped = false;
      },
      isStopped: (event) => event.#isStopped,
      setPassive(event, isPassive) {
        event.#isPassive = isPassive;
      },
    };
  }

  constructor(type: string, init?: object) {
    requireArguments(arguments.length, 1, "Event");
    this.#type = `${type}`;
    const { bubbles, cancelable, composed } = toDictionary(init, "the init of an Event");
    this.#bubbles = Boolean(bubbles);
    this.#cancelable = Boolean(cancelable);
    this.#composed = Boolean(composed);
  }

  get type(): string {
    return this.#type;
  }

  get target(): object | null {
    return this.#target;
  }

  get srcElement(): object | null {
    return this.#target;
  }

  get currentTarget(): object | null {
    return this.#phase === NONE ? null : this.#target;
  }

  get eventPhase(): number {
    return this.#phase;
  }

  get bubbles(): boolean {
    return this.#bubbles;
  }

  get cancelable(): boolean {
    return this.#cancelable;
  }

  get composed(): boolean {
    return this.#composed;
  }

  get defaultPrevented(): boolean {
    return this.#isCanceled;
  }

  get returnValue(): boolean {
    return !this.#isCanceled;
  }

  set returnValue(value: unknown) {
    if (!value) this.preventDefault();
  }

  get cancelBubble(): boolean {
    return this.#isPropagationStopped;
  }

  set cancelBubble(value: unknown) {
    if (value) this.#isPropagationStopped = true;
  }

  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  get timeStamp(): number {
    return this.#timeStamp;
  }

  composedPath(): object[] {
    return this.#phase === NONE || this.#target === null ? [] : [this.#target];
  }

  stopPropagation(): void {
    this.#isPropagationStopped = true;
  }

  stopImmediatePropagation(): void {
    this.#isPropagationStopped = true;
    this.#isStopped = true;
  }

  preventDefault(): void {
    if (this.#cancelable && !this.#isPassive) this.#isCanceled = true;
  }
}

withConstants(Event, { NONE, CAPTURING_PHASE: 1, AT_TARGET, BUBBLING_PHASE: 3 });

export class CustomEvent extends Event {
  readonly #detail: unknown;

  constructor(type: string, init?: object) {
    requireArguments(arguments.length, 1, "CustomEvent");
    super(type, init);
    this.#detail = toDictionary(init, "the init of a CustomEvent").detail ?? null;
  }

  get detail(): unknown {
    return this.#detail;
  }
}
