import type { Part } from "../api/calls.ts";
import { OPTION_NAMES } from "../api/option-names.ts";
import {
  entriesOf,
  isBytes,
  isFileLike,
  isFiniteNumber,
  isPair,
  valueIn,
  wholeOf,
} from "./ignored-values.ts";
import { isNews, mayWarn } from "./ignored-warnings.ts";

const KNOWN: ReadonlySet<string> = new Set(OPTION_NAMES);
const NUMBERS: ReadonlySet<unknown> = new Set(["timeout", "connect_timeout", "max_file_size", "redirects"]);

/** What a part of a post has. */
export const PART_KEYS: ReadonlySet<string> = new Set([
  "data",
  "type",
  "filename",
  "encoder",
] satisfies (keyof Part)[]);

/**
 * A quick look, for each call: whether there may be something in its options to warn of that nobody was warned of
 * before.
 */
export function isWorthWarning(options: unknown): boolean {
  // It takes long to list very many names, so this is not done in vain.
  if (typeof options !== "object" || options === null || !mayWarn()) return false;
  const names = options instanceof Map ? [...Map.prototype.keys.call(options)] : Object.keys(options);
  return names.some((name) => {
    if (name === "headers") return isOddList(options);
    if (NUMBERS.has(name)) return isNews(name) && isLost(options, name);
    return !isKnown(name) && isNews(String(name));
  });
}

function isKnown(name: unknown): boolean {
  return typeof name !== "string" || KNOWN.has(name);
}

/** Whether it is a number of which nothing is left without its fraction. */
function isLost(options: object, name: string): boolean {
  const value = valueIn(options, name);
  return isFiniteNumber(value) && value !== 0 && wholeOf(value) === 0;
}

/** The same for a post, of which one look at its first part must be enough. */
export function hasOddPart(post: unknown): boolean {
  if (typeof post !== "object" || post === null || isBytes(post) || !mayWarn() || isFileLike(post))
    return false;
  for (const [, part] of entriesOf(post))
    return isPart(part) && Object.keys(part).some((key) => !PART_KEYS.has(key) && isNews(kindOfPart(key)));
  return false;
}

function isPart(part: unknown): part is object {
  return typeof part === "object" && part !== null && !isBytes(part) && !isFileLike(part);
}

/** The kind of a warning of a member that parts do not have. */
export function kindOfPart(key: string): string {
  return `part.${key}`;
}

function isOddList(options: object): boolean {
  const headers = valueIn(options, "headers");
  if (headers === undefined) return false;
  // Of a list, one look at its first entry must be enough, because this is done for each call.
  return (!Array.isArray(headers) || isPair(headers[0])) && isNews("headers");
}
