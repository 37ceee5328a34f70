/** Whether it is an object literal, of any realm. An instance of a class is not, and neither is an async iterable. */
export function isPlain(value: object): boolean {
  if (Symbol.asyncIterator in value) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
