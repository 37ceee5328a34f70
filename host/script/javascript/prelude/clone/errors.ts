/** The classes that survive. An error of any other one becomes an Error. */
const TYPES = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };

export function cloneError(value: object, cloneOf: (cause: unknown) => unknown): Error | undefined {
  if (!(value instanceof Error)) return undefined;
  if (value instanceof DOMException) return new DOMException(value.message, value.name);
  const { name } = value;
  const type = Object.hasOwn(TYPES, name) ? TYPES[name as keyof typeof TYPES] : Error;
  const copy = new type();
  for (const key of ["message", "stack", "cause"] as const) {
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property === undefined || !("value" in property)) continue;
    const member = key === "cause" ? cloneOf(property.value) : `${property.value}`;
    Object.defineProperty(copy, key, { value: member, writable: true, configurable: true });
  }
  return copy;
}
