import { pairsOf, requireArguments, toByteText } from "../values/idl.ts";
import { PairIterator } from "../values/pair-iterator.ts";
import { checkHeader, checkName, normalizeValue } from "./header-list.ts";

const SET_COOKIE = "set-cookie";

/** @internal From now on, headers cannot be changed. */
export let freeze: (headers: Headers) => void;

export class Headers {
  /** The values, by their names in lower case. */
  readonly #values = new Map<string, string[]>();
  #isFrozen = false;
  /** The pairs in order, as long as nothing changes. */
  #sorted: (readonly [string, string])[] | undefined;

  static {
    freeze = (headers) => {
      headers.#isFrozen = true;
    };
  }

  constructor(init?: unknown) {
    if (init === undefined) return;
    if ((typeof init !== "object" && typeof init !== "function") || init === null)
      throw new TypeError("the init of Headers is no object");
    for (const [name, value] of pairsOf(init, toByteText)) this.append(name, value);
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, "append");
    const [key, text] = this.#check(name, value);
    const values = this.#values.get(key);
    if (values === undefined) this.#values.set(key, [text]);
    else values.push(text);
  }

  delete(name: unknown): void {
    requireArguments(arguments.length, 1, "delete");
    const [key] = this.#check(name, "");
    this.#values.delete(key);
  }

  get(name: unknown): string | null {
    requireArguments(arguments.length, 1, "get");
    return this.#values.get(keyOf(name))?.join(", ") ?? null;
  }

  getSetCookie(): string[] {
    return [...(this.#values.get(SET_COOKIE) ?? [])];
  }

  has(name: unknown): boolean {
    requireArguments(arguments.length, 1, "has");
    return this.#values.has(keyOf(name));
  }

  set(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, "set");
    const [key, text] = this.#check(name, value);
    this.#values.set(key, [text]);
  }

  forEach(callback: unknown, receiver?: unknown): void {
    if (typeof callback !== "function") throw new TypeError("the callback is no function");
    for (const [name, value] of this) callback.call(receiver, value, name, this);
  }

  keys(): IterableIterator<string> {
    return new PairIterator(
      () => this.#pairs(),
      ([name]) => name,
    );
  }

  values(): IterableIterator<string> {
    return new PairIterator(
      () => this.#pairs(),
      ([, value]) => value as string,
    );
  }

  entries(): IterableIterator<[string, string]> {
    return new PairIterator(
      () => this.#pairs(),
      ([name, value]) => [name, value as string],
    );
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  /** The name and the value that are meant; forgets the order of all. */
  #check(name: unknown, value: unknown): [string, string] {
    const byteName = toByteText(name);
    const text = normalizeValue(toByteText(value));
    checkHeader(byteName, text);
    if (this.#isFrozen) throw new TypeError("these headers cannot be changed");
    this.#sorted = undefined;
    return [byteName.toLowerCase(), text];
  }

  /** Sorted by name. Only cookies are not joined (Fetch §2.2.2). */
  #pairs(): readonly (readonly [string, string])[] {
    this.#sorted ??= [...this.#values.keys()].sort().flatMap((name) => {
      const values = this.#values.get(name) as string[];
      const texts = name === SET_COOKIE ? values : [values.join(", ")];
      return texts.map((value) => [name, value] as const);
    });
    return this.#sorted;
  }
}

function keyOf(name: unknown): string {
  const text = toByteText(name);
  checkName(text);
  return text.toLowerCase();
}
