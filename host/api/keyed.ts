/**
 * Whether the members of an object are its keys. Those of lists, Maps and Headers are not: whoever reads their keys finds
 * none, and a rule that is written in this way would look as if it were in force.
 */
export function isKeyed(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(Symbol.iterator in value);
}
