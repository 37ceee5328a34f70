import { inspect } from "./inspect.ts";

/** The text of what was given to `console.log`: the first one may say how the others are written. */
export function format(values: readonly unknown[]): string {
  const [first, ...rest] = values;
  if (typeof first !== "string") return values.map(show).join(" ");
  if (rest.length === 0) return first;
  let used = 0;
  const text = first.replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === "%%") return "%";
    return used === rest.length ? mark : (WRITERS[mark] as (value: unknown) => string)(rest[used++]);
  });
  return [text, ...rest.slice(used).map(show)].join(" ");
}

const WRITERS: Readonly<Record<string, (value: unknown) => string>> = {
  "%s": (value) => (typeof value === "object" && value !== null ? inspect(value, 0) : textOf(value)),
  "%d": (value) => numberOf(value, Number),
  "%i": (value) => numberOf(value, Number.parseInt),
  "%f": (value) => numberOf(value, Number.parseFloat),
  "%j": (value) => JSON.stringify(value) ?? "undefined",
  "%o": (value) => inspect(value, 4),
  "%O": (value) => inspect(value),
  "%c": () => "",
};

function numberOf(value: unknown, parse: (value: never) => number): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "symbol" || (typeof value === "object" && value !== null)) return "NaN";
  return show(parse(value as never));
}

function show(value: unknown): string {
  return typeof value === "string" ? value : inspect(value);
}

function textOf(value: unknown): string {
  return typeof value === "bigint" || Object.is(value, -0) ? inspect(value) : String(value);
}
