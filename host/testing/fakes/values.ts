import { inspect, isDeepStrictEqual, types } from "node:util";
import type { Difference, ValuePattern } from "./pattern.ts";

/** How long a value is shown. */
const LONGEST_SHOWN = 200;
/** How many differences of one value are told. */
const MOST_TOLD = 20;
/** How deep differences of JSON are told one by one, and patterns in it are looked at. */
const DEEPEST = 100;

/** A value, as a difference shows it. */
export function show(value: unknown): string {
  const text =
    typeof value === "string"
      ? JSON.stringify(value)
      : inspect(value, { breakLength: Number.POSITIVE_INFINITY, depth: 4, maxArrayLength: 20 });
  return text.length <= LONGEST_SHOWN ? text : `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)`;
}

/** Whether a regular expression finds something. It does not matter where it found something before. */
export function finds(pattern: RegExp, text: string): boolean {
  return text.search(pattern) !== -1;
}

/**
 * The difference between what is wanted and the values that came under a name.
 *
 * @param came All values of the name, in order.
 */
export function differInValues(
  where: string,
  wanted: ValuePattern,
  came: readonly string[],
): readonly Difference[] {
  if (fitsValues(wanted, came)) return [];
  const shown = came.length === 0 ? "nothing" : came.length === 1 ? show(came[0]) : show(came);
  return [{ where, wanted: wanted === null ? "nothing" : show(wanted), came: shown }];
}

function fitsValues(wanted: ValuePattern, came: readonly string[]): boolean {
  if (wanted === null) return came.length === 0;
  if (Array.isArray(wanted))
    return wanted.length === came.length && wanted.every((one, at) => one === came[at]);
  if (typeof wanted === "function") return came.some((one) => wanted(one));
  if (types.isRegExp(wanted)) return came.some((one) => finds(wanted, one));
  return came.includes(String(wanted));
}

/** The differences between a value of JSON and a pattern of one. */
export function differInJson(where: string, wanted: unknown, came: unknown): readonly Difference[] {
  const found: Difference[] = [];
  compare(where, wanted, came, { found, depth: 0 });
  return found.slice(0, MOST_TOLD);
}

interface Comparison {
  readonly found: Difference[];
  readonly depth: number;
}

function compare(where: string, wanted: unknown, came: unknown, { found, depth }: Comparison): void {
  if (found.length >= MOST_TOLD) return;
  const isBoth = isObject(wanted) && isObject(came) && Array.isArray(wanted) === Array.isArray(came);
  if (!isBoth || depth > DEEPEST) {
    if (!fitsLeaf(wanted, came) && !(isBoth && isDeepStrictEqual(wanted, came)))
      found.push({ where, wanted: show(wanted), came: show(came) });
    return;
  }
  const inner = (key: string): string => (Array.isArray(wanted) ? `${where}[${key}]` : `${where}.${key}`);
  for (const key of Object.keys(wanted)) {
    if (Object.hasOwn(came, key)) compare(inner(key), wanted[key], came[key], { found, depth: depth + 1 });
    else found.push({ where: inner(key), wanted: show(wanted[key]), came: "nothing" });
  }
  for (const key of Object.keys(came)) {
    if (found.length >= MOST_TOLD) return;
    if (!Object.hasOwn(wanted, key))
      found.push({ where: inner(key), wanted: "nothing", came: show(came[key]) });
  }
}

function fitsLeaf(wanted: unknown, came: unknown): boolean {
  if (typeof wanted === "function") return wanted(came) === true;
  if (types.isRegExp(wanted)) return typeof came === "string" && finds(wanted, came);
  return Object.is(wanted, came);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !types.isRegExp(value);
}
