// The engine's own, because a script may replace it, and output is the last thing that should need what a script changes.
const { toWellFormed } = String.prototype;
const { apply } = Reflect;

/** The text with U+FFFD for each lone surrogate. */
export function wellFormed(text: string): string {
  return apply(toWellFormed, text, []) as string;
}
