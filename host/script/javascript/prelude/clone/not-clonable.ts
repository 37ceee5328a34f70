export function notClonable(value: unknown): DOMException {
  const what = typeof value === "function" ? `the function ${value.name}` : String(value);
  return new DOMException(`${what} could not be cloned`, "DataCloneError");
}
