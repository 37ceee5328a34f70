import { types } from "node:util";
import { HttpBackgroundError } from "../../api/errors.ts";
import { isKeyed } from "../../api/keyed.ts";
import type { PartPattern, RequestPattern } from "./pattern.ts";
import { show } from "./values.ts";

/** What a member may be, and how that is said. */
interface Kind {
  readonly what: string;
  fits(value: unknown): boolean;
}

const isText = (value: unknown): boolean => typeof value === "string";
const isFunction = (value: unknown): boolean => typeof value === "function";
const isListOfTexts = (value: unknown): boolean => Array.isArray(value) && value.every(isText);
const isBytes = (value: unknown): boolean => value instanceof Uint8Array;

function isValue(value: unknown): boolean {
  return (
    value === null ||
    ["string", "number", "boolean", "function"].includes(typeof value) ||
    types.isRegExp(value) ||
    isListOfTexts(value)
  );
}

const VALUE = "a text, a regular expression, a list of texts, null or a function";
/** Members that are objects, whose own members are looked at one by one. */
const NAMED: Readonly<Partial<Record<keyof RequestPattern, Kind>>> = {
  query: { what: VALUE, fits: isValue },
  headers: { what: VALUE, fits: isValue },
  form: { what: VALUE, fits: isValue },
  parts: { what: "a text, a regular expression, null, or { filename, type, content }", fits: isPart },
};

/** Members of other kinds. Of `url`, `address` and `json`, others take care. */
const PLAIN: Readonly<Partial<Record<keyof RequestPattern, Kind>>> = {
  method: {
    what: "a method, or a list of methods",
    fits: (value) => isText(value) || (isListOfTexts(value) && (value as string[]).length > 0),
  },
  body: {
    what: "a text, bytes, a regular expression or a function: for a value of JSON, write json",
    fits: (value) => isText(value) || isBytes(value) || types.isRegExp(value) || isFunction(value),
  },
  thread: { what: "the id of a thread", fits: isText },
  match: { what: "a function", fits: isFunction },
};

const PART: Readonly<Record<keyof PartPattern, (value: unknown) => boolean>> = {
  filename: isValue,
  type: isValue,
  content: (value) => isValue(value) || isBytes(value),
};

function isPart(value: unknown): boolean {
  if (value === null || isText(value) || types.isRegExp(value)) return true;
  return (
    typeof value === "object" &&
    Object.entries(value).every(
      ([key, one]) => Object.hasOwn(PART, key) && (one === undefined || PART[key as keyof PartPattern](one)),
    )
  );
}

/** @throws HttpBackgroundError BAD_ARGUMENT, which names the wrong member. Otherwise the mistake would be told by a request. */
export function checkPattern(pattern: RequestPattern): void {
  for (const [key, kind] of Object.entries(PLAIN)) check(key, pattern[key as keyof RequestPattern], kind);
  for (const [key, kind] of Object.entries(NAMED)) {
    const members = pattern[key as keyof RequestPattern];
    check(key, members, { what: "an object", fits: isKeyed });
    for (const [name, value] of Object.entries(members ?? {})) check(`${key}.${name}`, value, kind);
  }
}

function check(option: string, value: unknown, { what, fits }: Kind): void {
  if (value === undefined || fits(value)) return;
  throw new HttpBackgroundError("BAD_ARGUMENT", `${option}: must be ${what}, and is ${show(value)}`, {
    option,
  });
}
