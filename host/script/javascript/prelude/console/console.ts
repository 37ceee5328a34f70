import { host } from "../seam/host.ts";
import { wellFormed } from "../seam/well-formed.ts";
import { toDictionary } from "../values/idl.ts";
import { format } from "./format.ts";
import { inspect } from "./inspect.ts";

/** What is before each line, for groups. */
let indent = "";
const counts = new Map<string, number>();
const timers = new Map<string, number>();

const write = (...values: readonly unknown[]): void => {
  const text = format(values);
  const lines = indent === "" ? text : text.replaceAll("\n", `\n${indent}`);
  host.echo(wellFormed(`${indent}${lines}\n`));
};

const group = (...values: readonly unknown[]): void => {
  if (values.length > 0) write(...values);
  indent += "  ";
};

const timeLog = (label: unknown = "default", ...values: readonly unknown[]): void => {
  const since = timers.get(`${label}`);
  if (since === undefined) write(`Timer '${label}' does not exist`);
  else write(`${label}: ${host.now() - since}ms`, ...values);
};

/** Everything goes to the output of the run: there is no other place. */
export const console = {
  log: write,
  info: write,
  debug: write,
  warn: write,
  error: write,
  dir(value: unknown, options?: unknown): void {
    const { depth } = toDictionary(options, "the options of dir");
    write("%s", inspect(value, depth === null ? Number.POSITIVE_INFINITY : Number(depth ?? 2)));
  },
  dirxml: write,
  table: write,
  trace(...values: readonly unknown[]): void {
    const place: { stack?: string } = {};
    Error.captureStackTrace(place, console.trace);
    write(`Trace${values.length > 0 ? ": " : ""}${format(values)}\n${(place.stack ?? "").trimEnd()}`);
  },
  assert(condition?: unknown, ...values: readonly unknown[]): void {
    if (condition) return;
    const [first, ...rest] = values;
    if (typeof first === "string") write(`Assertion failed: ${first}`, ...rest);
    else write("Assertion failed", ...values);
  },
  count(label: unknown = "default"): void {
    const count = (counts.get(`${label}`) ?? 0) + 1;
    counts.set(`${label}`, count);
    write(`${label}: ${count}`);
  },
  countReset(label: unknown = "default"): void {
    counts.delete(`${label}`);
  },
  group,
  groupCollapsed: group,
  groupEnd(): void {
    indent = indent.slice(2);
  },
  time(label: unknown = "default"): void {
    timers.set(`${label}`, host.now());
  },
  timeLog,
  timeEnd(label: unknown = "default"): void {
    timeLog(label);
    timers.delete(`${label}`);
  },
  clear(): void {},
};

// As the Console standard says: a namespace has an empty prototype.
Object.setPrototypeOf(console, {});
Object.defineProperty(console, Symbol.toStringTag, { value: "console", configurable: true });
