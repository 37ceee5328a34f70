const LONGEST = 10_000;
const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\b": "\\b",
  "\f": "\\f",
  "\v": "\\v",
  "\\": "\\\\",
};

/** A value that is no object, as it would be written in a program. */
export function primitive(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "bigint") return `${value}n`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A text in the quotes that it does not contain. */
export function quote(text: string): string {
  const mark = ["'", '"', "`"].find((each) => !text.includes(each)) ?? "'";
  const shown = text.slice(0, LONGEST).replace(/[\p{Cc}\\']/gu, (character) => {
    if (character === "'") return mark === "'" ? "\\'" : "'";
    return ESCAPES[character] ?? `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
  const left = text.length - LONGEST;
  return `${mark}${shown}${mark}${left > 0 ? `... ${left} more character${left === 1 ? "" : "s"}` : ""}`;
}
