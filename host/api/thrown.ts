/**
 * A member of what somebody else has thrown; undefined if there is none. An error of an application may be anything, also
 * one whose members throw when they are read.
 */
export function memberOf(thrown: unknown, name: string): unknown {
  try {
    return (Object(thrown) as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
}

/** The same, if it is text. */
export function textIn(thrown: unknown, name: string): string | undefined {
  const value = memberOf(thrown, name);
  return typeof value === "string" ? value : undefined;
}
