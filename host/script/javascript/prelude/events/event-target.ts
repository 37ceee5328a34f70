import { report, requireArguments, toDictionary } from "../values/idl.ts";
import { dispatching, Event } from "./event.ts";

interface Listener {
  readonly type: string;
  /** A function, or an object with `handleEvent`. */
  readonly callback: unknown;
  readonly capture: boolean;
  readonly once: boolean;
  readonly passive: boolean;
  isRemoved: boolean;
}

/** How a listener is removed by a signal. AbortSignal is an EventTarget, so it says later how that is done. */
export const signals: {
  /** @throws TypeError if `signal` is none. @returns Whether it has aborted already */
  follow(signal: unknown, onAbort: () => void): boolean;
} = {
  follow: () => false,
};

export class EventTarget {
  #listeners: Listener[] = [];

  addEventListener(type: string, callback: unknown, options?: unknown): void {
    requireArguments(arguments.length, 2, "addEventListener");
    const listener = listenerOf(`${type}`, callback, options);
    const remove = () => this.#remove(listener);
    const signal = isObject(options) ? (options as { signal?: unknown }).signal : undefined;
    if (signal !== undefined && signals.follow(signal, remove)) return;
    if (callback !== null && callback !== undefined && this.#find(listener) === undefined)
      this.#listeners.push(listener);
  }

  removeEventListener(type: string, callback: unknown, options?: unknown): void {
    requireArguments(arguments.length, 2, "removeEventListener");
    requireObject(callback);
    const capture = Boolean(isObject(options) ? (options as { capture?: unknown }).capture : options);
    const found = this.#find({ type: `${type}`, callback, capture });
    if (found !== undefined) this.#remove(found);
  }

  dispatchEvent(event: Event): boolean {
    requireArguments(arguments.length, 1, "dispatchEvent");
    if (!(event instanceof Event)) throw new TypeError("the argument of dispatchEvent is not an Event");
    dispatching.begin(event, this);
    try {
      for (const listener of this.#listeners.filter(({ type }) => type === event.type)) {
        if (dispatching.isStopped(event)) break;
        if (!listener.isRemoved) this.#tell(listener, event);
      }
    } finally {
      dispatching.end(event);
    }
    return !event.defaultPrevented;
  }

  #tell(listener: Listener, event: Event): void {
    if (listener.once) this.#remove(listener);
    dispatching.setPassive(event, listener.passive);
    try {
      call(listener.callback, this, event);
    } catch (error) {
      report(error);
    }
    dispatching.setPassive(event, false);
  }

  #find({ type, callback, capture }: Pick<Listener, "type" | "callback" | "capture">): Listener | undefined {
    return this.#listeners.find(
      (other) => other.type === type && other.callback === callback && other.capture === capture,
    );
  }

  #remove(listener: Listener): void {
    listener.isRemoved = true;
    this.#listeners = this.#listeners.filter((other) => other !== listener);
  }
}

function listenerOf(type: string, callback: unknown, options: unknown): Listener {
  requireObject(callback);
  const { capture, once, passive } = isObject(options)
    ? toDictionary(options, "the options of a listener")
    : { capture: options };
  const flags = { capture: Boolean(capture), once: Boolean(once), passive: Boolean(passive) };
  return { type, callback, ...flags, isRemoved: false };
}

/** @throws TypeError for what is neither an object nor nothing */
function requireObject(callback: unknown): void {
  if (callback !== null && callback !== undefined && !isObject(callback))
    throw new TypeError("the listener is no object");
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function call(callback: unknown, target: object, event: Event): void {
  if (typeof callback === "function") {
    callback.call(target, event);
    return;
  }
  const { handleEvent } = callback as { handleEvent?: unknown };
  if (typeof handleEvent !== "function") throw new TypeError("the listener has no function handleEvent");
  handleEvent.call(callback, event);
}
