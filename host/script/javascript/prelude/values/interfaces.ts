import { shared } from "../seam/host.ts";

type Class = abstract new (...args: never[]) => unknown;

/** All interfaces that were exposed. */
export const interfaces = new Set<Class>();

/** Puts an interface of the web platform where scripts find it: its members are enumerable, and objects know its name. */
export function exposeInterface(name: string, type: Class): void {
  for (const holder of [type, type.prototype]) showMembers(holder);
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: name, configurable: true });
  interfaces.add(type);
  expose(name, type);
}

function showMembers(holder: object): void {
  for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
    const isMember = property.get !== undefined || typeof property.value === "function";
    if (isMember && property.configurable && name !== "constructor")
      Object.defineProperty(holder, name, { enumerable: true });
  }
}

/** Lets the entries of an interface be what it is iterated over. */
export function iterateEntries({ prototype }: { readonly prototype: { entries: unknown } }): void {
  const { entries: value } = prototype;
  Object.defineProperty(prototype, Symbol.iterator, { value, writable: true, configurable: true });
}

/** Puts a value where scripts find it. */
export function expose(name: string, value: unknown): void {
  Object.defineProperty(shared, name, { value, writable: true, enumerable: false, configurable: true });
}

/** Puts a function where scripts find it. As in the web platform, it is no constructor. */
export function exposeFunction(name: string, run: (...args: never[]) => unknown): void {
  const { method } = {
    method(...args: never[]): unknown {
      return run(...args);
    },
  };
  Object.defineProperty(method, "name", { value: name, configurable: true });
  Object.defineProperty(method, "length", { value: run.length, configurable: true });
  expose(name, method);
}

/** Constants of an interface, on the class and on its objects. */
export function withConstants(type: Class, constants: Readonly<Record<string, number>>): void {
  for (const holder of [type, type.prototype])
    for (const [name, value] of Object.entries(constants))
      Object.defineProperty(holder, name, { value, enumerable: true });
}
