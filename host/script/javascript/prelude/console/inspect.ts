import { describe } from "./described.ts";
import { headOf, nameOf } from "./heads.ts";
import { layOut } from "./layout.ts";
import { primitive, quote } from "./primitives.ts";

/** How deep objects are shown, how many members of each, and how many values in all: a text must end. */
const DEPTH = 2;
const MOST_MEMBERS = 100;
const MOST_VALUES = 5_000;

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
    if (level > this.#depth) return `[${Array.isArray(value) ? "Array" : nameOf(value) || "Object"}]`;
    this.#around.push(value);
    this.#level = level;
    const members = this.#membersOf(value, keys, level + 1);
    this.#around.pop();
    const reference = this.#circular.get(value);
    const prefix = `${reference === undefined ? "" : `<ref *${reference}> `}${head.text}`;
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
    if (value instanceof Map) {
      for (const [key, member] of value) {
        if (items.length === MOST_MEMBERS) break;
        items.push(`${this.show(key, level)} => ${this.show(member, level)}`);
      }
      return { items, total: value.size };
    }
    if (value instanceof Set) {
      for (const member of value) {
        if (items.length === MOST_MEMBERS) break;
        items.push(this.show(member, level));
      }
      return { items, total: value.size };
    }
    const isList = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
    return isList ? this.#listItems(value as unknown[], level) : { items, total: 0 };
  }

  #listItems(list: readonly unknown[], level: number): { readonly items: string[]; readonly total: number } {
    const items: string[] = [];
    let at = 0;
    while (at < list.length && items.length < MOST_MEMBERS) {
      let empty = 0;
      while (at + empty < list.length && empty < 1e6 && !Object.hasOwn(list, at + empty)) empty++;
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

/** The members that are shown: those that are enumerable, but not the items of a list. */
function keysOf(value: object): PropertyKey[] {
  const isList = Array.isArray(value) || ArrayBuffer.isView(value);
  const names = Object.keys(value).filter((name) => !isList || !/^\d+$/.test(name));
  const symbols = Object.getOwnPropertySymbols(value).filter((symbol) =>
    Object.prototype.propertyIsEnumerable.call(value, symbol),
  );
  const cause =
    value instanceof Error && Object.hasOwn(value, "cause") && !names.includes("cause") ? ["cause"] : [];
  return [...names, ...symbols, ...cause];
}

function quoteKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key);
}
