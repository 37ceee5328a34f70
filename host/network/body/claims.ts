/** Values that can be read only once. Each belongs to the first body that got it. */
const claimed = new WeakSet<object>();

/** Claims `value` for the caller. Returns false if somebody has claimed it before. */
export function claim(value: object): boolean {
  if (claimed.has(value)) return false;
  claimed.add(value);
  return true;
}
