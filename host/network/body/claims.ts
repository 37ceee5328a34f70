/** What can be read once belongs to the first body that it was given to. */
const claimed = new WeakSet<object>();

/** Whether `value` is now the caller's own, and was nobody's before. */
export function claim(value: object): boolean {
  if (claimed.has(value)) return false;
  claimed.add(value);
  return true;
}
