import { describe } from "./described.ts";
import { headOf, nameOf } from "./heads.ts";
import { layOut } from "./layout.ts";
import { primitive, quote } from "./primitives.ts";

/** How deep objects are shown, how many members of each, and how many values in all: a text must end. */
const DEPTH = 2;
const MOST_MEMBERS = 100;
const MOST_VALUES = 5_000;

/** A gap of more items is shown as items that are left out. */
const MOST_EMPTY = 1_000;

const isEnumerable = Object.prototype.propertyIsEnumerable;
const CUSTOM = Symbol.for("nodejs.util.inspect.custom");

/** The text of a value for people, as Node shows it. */
export function inspect(value: unknown, depth: number = DEPTH): string {
  return new Inspector(depth).show(value, 0);
}

class Inspector {
  readonly #depth: number;
  /** The objects around the current one. */
  readonly #around: object[] = [];
  /** The objects that contain themselves, with their numbers. */
  readonly #circular = new Map<object, number>();
  #values = 0;
  /** The level of the object that was shown last. */
  #level = 0;

  constructor(depth: number) {
    this.#depth = depth;
  }

  show(value: unknown, level: number): string {
    if (++this.#values > MOST_VALUES) return "...";
    if (typeof value !== "object" || value === null)
      return typeof value === "function" ? this.#showMembers(value, level) : primitive(value);
    const custom = (value as Record<symbol, unknown>)[CUSTOM];
    if (typeof custom === "function") return this.#showCustom(value, custom, level);
    const described = describe(value);
    if (described === undefined) return this.#showMembers(value, level);
    if (typeof described === "string") return described;
    const { name, members } = described;
    return level > this.#depth ? `[${name}]` : `${name} ${this.show(members, level)}`;
  }

  #showCustom(value: object, custom: unknown, level: number): string {
    const shown: unknown = Reflect.apply(custom as () => unknown, value, [this.#depth - level, {}, inspect]);
    return typeof shown === "string" ? shown : this.show(shown === value ? {} : shown, level);
  }

  #showMembers(value: object, level: number): string {
    if (this.#around.includes(value)) {
      if (!this.#circular.has(value)) this.#circular.set(value, this.#circular.size + 1);
      return `[Circular *${this.#circular.get(value)}]`;
    }
    const keys = keysOf(value);
    const head = headOf(value, (text) => text.replaceAll("\n", `\n${"  ".repeat(level)}`));
    if (head.isWhole && keys.length === 0) return head.text;
    if (keys.length === 0 && sizeOf(value) === 0) return `${head.text}${head.isList ? "[]" : "{}"}`;
    if (level > this.#depth) return `[${Array.isArray(value) ? "Array" : nameOf(value) || "Object"}]`;
    this.#around.push(value);
    this.#level = level;
    const members = this.#membersOf(value, keys, level + 1);
    this.#around.pop();
    const reference = this.#circular.get(value);
    const prefix = `${reference === undefined ? "" : `<ref *${reference}> `}${head.text}${head.isWhole ? " " : ""}`;
    const isFlat = this.#level - level < 3;
    return layOut(members, { prefix, isList: head.isList, isFlat, level });
  }

  #membersOf(value: object, keys: readonly PropertyKey[], level: number): string[] {
    const { items, total } = this.#itemsOf(value, level);
    const shown = keys.slice(0, MOST_MEMBERS).map((key) => this.#showProperty(value, key, level));
    const hidden = total - items.length;
    const more = hidden > 0 ? [`... ${hidden} more item${hidden === 1 ? "" : "s"}`] : [];
    const left = keys.length - shown.length;
    return [...items, ...more, ...shown, ...(left > 0 ? [`... ${left} more`] : [])];
  }

  /** What a list, a Map or a Set contains. */
  #itemsOf(value: object, level: number): { readonly items: string[]; readonly total: number } {
    const items: string[] = [];
    if (isList(value)) return this.#listItems(value, level);
    if (value instanceof Map || value instanceof Set)
      for (const item of value) {
        if (items.length === MOST_MEMBERS) break;
        if (value instanceof Set) items.push(this.show(item, level));
        else items.push(`${this.show(item[0], level)} => ${this.show(item[1], level)}`);
      }
    return { items, total: sizeOf(value) };
  }

  #listItems(list: readonly unknown[], level: number): { readonly items: string[]; readonly total: number } {
    const items: string[] = [];
    let at = 0;
    while (at < list.length && items.length < MOST_MEMBERS) {
      const empty = emptyFrom(list, at);
      if (empty > MOST_EMPTY) break;
      if (empty > 0) items.push(`<${empty} empty item${empty === 1 ? "" : "s"}>`);
      else items.push(this.show(list[at], level));
      at += empty || 1;
    }
    return { items, total: items.length + list.length - at };
  }

  #showProperty(value: object, key: PropertyKey, level: number): string {
    const property = Object.getOwnPropertyDescriptor(value, key);
    const name = typeof key === "symbol" ? `[${String(key)}]` : quoteKey(String(key));
    return `${name}: ${property === undefined ? "undefined" : this.#showDescriptor(property, level)}`;
  }

  #showDescriptor({ get, set, value }: PropertyDescriptor, level: number): string {
    if (get === undefined) return set === undefined ? this.show(value, level) : "[Setter]";
    return set === undefined ? "[Getter]" : "[Getter/Setter]";
  }
}

/** The members that are shown: those that are enumerable, but not the items of a list, and not what a stack says. */
function keysOf(value: object): PropertyKey[] {
  const isError = value instanceof Error;
  const isHidden =
    isList(value) || value instanceof String ? /^\d+$/ : isError ? /^(message|stack)$/ : undefined;
  const names = Object.keys(value).filter((name) => !isHidden?.test(name));
  const symbols = Object.getOwnPropertySymbols(value).filter((symbol) => isEnumerable.call(value, symbol));
  const hasCause = isError && Object.hasOwn(value, "cause") && !names.includes("cause");
  return [...names, ...symbols, ...(hasCause ? ["cause"] : [])];
}

function isList(value: object): value is unknown[] {
  return Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
}

function sizeOf(value: object): number {
  if (isList(value)) return value.length;
  return value instanceof Map || value instanceof Set ? value.size : 0;
}

/** How many items are missing from here on. If they are many, not all are counted. */
function emptyFrom(list: readonly unknown[], at: number): number {
  let empty = 0;
  while (at + empty < list.length && empty <= MOST_EMPTY && !Object.hasOwn(list, at + empty)) empty++;
  return empty;
}

function quoteKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
}
