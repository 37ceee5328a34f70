import { requireArguments, toDictionary } from "../values/idl.ts";
import { Pattern } from "../values/pattern.ts";
import { cloneBuffer, cloneView, moveBuffers } from "./buffers.ts";
import { cloneError } from "./errors.ts";
import { cloneFile, isUnclonable } from "./interfaces.ts";
import { notClonable } from "./not-clonable.ts";

/** Copies of what was seen: an object that is there twice is copied once. */
export type Memory = Map<object, object>;

type Simple = readonly [type: abstract new (...args: never[]) => object, copy: (value: never) => object];

/** Objects with nothing inside but a value. */
const SIMPLE: readonly Simple[] = [
  [Date, (value: Date) => new Date(Date.prototype.getTime.call(value))],
  [Pattern, (value: InstanceType<typeof Pattern>) => new Pattern(value.source, value.flags)],
  ...[Boolean, Number, String, BigInt, Symbol].map(
    (type) => [type, (value: object) => wrapper(Reflect.apply(type.prototype.valueOf, value, []))] as Simple,
  ),
];

export function structuredClone(value: unknown, options?: unknown): unknown {
  requireArguments(arguments.length, 1, "structuredClone");
  const { transfer = [] } = toDictionary(options, "the options of structuredClone");
  const memory: Memory = new Map();
  const moved = moveBuffers(transfer as Iterable<unknown>, memory);
  const copy = clone(value, memory);
  moved();
  return copy;
}

function clone(value: unknown, memory: Memory): unknown {
  if (typeof value === "symbol" || typeof value === "function") throw notClonable(value);
  if (typeof value !== "object" || value === null) return value;
  const known = memory.get(value);
  if (known !== undefined) return known;
  const leaf = cloneLeaf(value, memory);
  if (leaf !== undefined) {
    memory.set(value, leaf);
    return leaf;
  }
  if (isUnclonable(value)) throw notClonable(value);
  return cloneContainer(value, memory);
}

/** A copy of what contains no other values; undefined for anything else. */
function cloneLeaf(value: object, memory: Memory): object | undefined {
  for (const [type, copy] of SIMPLE) if (value instanceof type) return copy(value as never);
  return (
    cloneBuffer(value) ??
    cloneView(value, (buffer) => clone(buffer, memory) as ArrayBuffer) ??
    cloneFile(value) ??
    cloneError(value, (cause) => clone(cause, memory))
  );
}

function cloneContainer(value: object, memory: Memory): object {
  if (value instanceof Map) {
    const copy = remember(value, new Map(), memory);
    for (const [key, member] of [...value]) copy.set(clone(key, memory), clone(member, memory));
    return copy;
  }
  if (value instanceof Set) {
    const copy = remember(value, new Set(), memory);
    for (const member of [...value]) copy.add(clone(member, memory));
    return copy;
  }
  const empty: object = Array.isArray(value) ? new Array(value.length) : {};
  const copy = remember(value, empty as Record<string, unknown>, memory);
  for (const key of Object.keys(value)) {
    // Cloning a member before may have taken this one away.
    if (!Object.hasOwn(value, key)) continue;
    const member = clone((value as Record<string, unknown>)[key], memory);
    Object.defineProperty(copy, key, { value: member, writable: true, enumerable: true, configurable: true });
  }
  return copy;
}

function remember<T extends object>(value: object, copy: T, memory: Memory): T {
  memory.set(value, copy);
  return copy;
}

function wrapper(value: unknown): object {
  if (typeof value === "symbol") throw notClonable(value);
  return Object(value);
}
