import { pairsOf, requireArguments, toText } from "../values/idl.ts";
import { PairIterator } from "../values/pair-iterator.ts";
import { parseForm, writeForm } from "./form-encoding.ts";

/** @internal Tells a URL what its list of parameters is now. */
export let onChange: (params: URLSearchParams, listener: (text: string) => void) => void;
/** @internal Gives a list of parameters what its URL has now. */
export let setList: (params: URLSearchParams, text: string) => void;

export class URLSearchParams {
  #list: [string, string][];
  #listener: ((text: string) => void) | undefined;

  static {
    onChange = (params, listener) => {
      params.#listener = listener;
    };
    setList = (params, text) => {
      params.#list = parseForm(withoutMark(text));
    };
  }

  constructor(init: unknown = "") {
    const isObject = (typeof init === "object" && init !== null) || typeof init === "function";
    this.#list = isObject ? pairsOf(init, toText) : parseForm(withoutMark(toText(init)));
  }

  get size(): number {
    return this.#list.length;
  }

  append(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, "append");
    this.#list.push([toText(name), toText(value)]);
    this.#tell();
  }

  delete(name: unknown, value?: unknown): void {
    requireArguments(arguments.length, 1, "delete");
    const isWanted = matcherOf(name, value);
    this.#list = this.#list.filter((pair) => !isWanted(pair));
    this.#tell();
  }

  get(name: unknown): string | null {
    requireArguments(arguments.length, 1, "get");
    return this.#list.find(matcherOf(name))?.[1] ?? null;
  }

  getAll(name: unknown): string[] {
    requireArguments(arguments.length, 1, "getAll");
    return this.#list.filter(matcherOf(name)).map(([, value]) => value);
  }

  has(name: unknown, value?: unknown): boolean {
    requireArguments(arguments.length, 1, "has");
    return this.#list.some(matcherOf(name, value));
  }

  set(name: unknown, value: unknown): void {
    requireArguments(arguments.length, 2, "set");
    const pair: [string, string] = [toText(name), toText(value)];
    const first = this.#list.findIndex(([other]) => other === pair[0]);
    if (first === -1) this.#list.push(pair);
    else
      this.#list = this.#list.flatMap((other, at) =>
        at === first ? [pair] : other[0] === pair[0] ? [] : [other],
      );
    this.#tell();
  }

  sort(): void {
    this.#list.sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
    this.#tell();
  }

  forEach(callback: unknown, receiver?: unknown): void {
    if (typeof callback !== "function") throw new TypeError("the callback is no function");
    for (const [name, value] of this) callback.call(receiver, value, name, this);
  }

  keys(): IterableIterator<string> {
    return new PairIterator(
      () => this.#list,
      ([name]) => name,
    );
  }

  values(): IterableIterator<string> {
    return new PairIterator(
      () => this.#list,
      ([, value]) => value as string,
    );
  }

  entries(): IterableIterator<[string, string]> {
    return new PairIterator(
      () => this.#list,
      ([name, value]) => [name, value as string],
    );
  }

  [Symbol.iterator](): IterableIterator<[string, string]> {
    return this.entries();
  }

  toString(): string {
    return writeForm(this.#list);
  }

  #tell(): void {
    this.#listener?.(writeForm(this.#list));
  }
}

function matcherOf(name: unknown, value?: unknown): (pair: readonly [string, string]) => boolean {
  const wantedName = toText(name);
  const wantedValue = value === undefined ? undefined : toText(value);
  return ([other, text]) => other === wantedName && (wantedValue === undefined || text === wantedValue);
}

function withoutMark(text: string): string {
  return text.startsWith("?") ? text.slice(1) : text;
}
