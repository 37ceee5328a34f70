import { isIP } from "node:net";
import { types } from "node:util";
import { refuseUnknownOptions } from "../../api/config.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import type { TestPart } from "../request/multipart.ts";
import { parametersOf } from "../request/plain-escapes.ts";
import type { TestRequest } from "../request/test-request.ts";
import {
  type Difference,
  PATTERN_KEYS,
  type PartPattern,
  type RequestPattern,
  type ValuePattern,
} from "./pattern.ts";
import { checkPattern } from "./pattern-check.ts";
import type { Reading } from "./reading.ts";
import { UrlPattern } from "./url-pattern.ts";
import { differInJson, differInValues, finds, show } from "./values.ts";

/** How a request differs from one member of a pattern, and how much each difference weighs. */
interface Row {
  readonly key: keyof RequestPattern;
  readonly weight: number;
  differ(wanted: never, request: TestRequest, reading: Reading): readonly Difference[];
}

/** A member of a pattern with its type, for rows of the table. */
function row<K extends keyof RequestPattern>(
  key: K,
  weight: number,
  differ: (
    wanted: Exclude<RequestPattern[K], undefined>,
    request: TestRequest,
    reading: Reading,
  ) => readonly Difference[],
): Row {
  return { key, weight, differ };
}

/** `url` is compared elsewhere, because it is parsed once. */
const ROWS: readonly Row[] = [
  row("method", 4, (wanted, { method }) =>
    [wanted].flat().includes(method)
      ? []
      : [{ where: "method", wanted: [wanted].flat().join(" or "), came: method }],
  ),
  row("query", 1, (wanted, { url }) => {
    const parameters = parametersOf(url);
    return differInNamed("query", wanted, (name) => parameters.getAll(name));
  }),
  row("headers", 1, (wanted, { headers }) =>
    differInNamed("headers", wanted, (name) => headers.getAll(name)),
  ),
  row("body", 2, differInBody),
  row("json", 1, (wanted, _, reading) => differInJsonBody(wanted, reading)),
  row("form", 1, (wanted, request) => {
    const fields = request.form();
    return differInNamed("form", wanted, (name) => fields.getAll(name));
  }),
  row("parts", 1, differInParts),
  row("thread", 2, (wanted, { thread }) =>
    wanted === thread ? [] : [{ where: "thread", wanted: show(wanted), came: show(thread) }],
  ),
  row("match", 2, (wanted, request) =>
    wanted(request) === true ? [] : [{ where: "match", wanted: "true", came: "not true" }],
  ),
];

const URL_WEIGHT = 8;

/** How far a request is from a pattern. */
export interface Distance {
  readonly differences: readonly Difference[];
  readonly weight: number;
}

/** A pattern of requests, read. */
export class RequestMatcher {
  readonly url: UrlPattern | null;
  readonly address: string | null;
  readonly #pattern: RequestPattern;
  readonly #rows: readonly Row[];

  /** @throws HttpBackgroundError BAD_ARGUMENT, which names the wrong member */
  constructor(given: RequestPattern | string | URL | RegExp) {
    const isUrl = typeof given === "string" || given instanceof URL || types.isRegExp(given);
    const pattern: RequestPattern = isUrl ? { url: given } : given;
    refuseUnknownOptions(pattern, PATTERN_KEYS, "BAD_ARGUMENT");
    checkPattern(pattern);
    this.#pattern = pattern;
    this.#rows = ROWS.filter(({ key }) => pattern[key] !== undefined);
    this.url = pattern.url === undefined ? null : new UrlPattern(pattern.url);
    this.address = pattern.address ?? null;
    if (this.address !== null && (isIP(this.address) === 0 || this.url?.hostname == null)) {
      const message = "address: must be an address, beside a url that names the host";
      throw new HttpBackgroundError("BAD_ARGUMENT", message, { option: "address" });
    }
  }

  fits(reading: Reading): boolean {
    if (this.url !== null && !this.url.fits(reading.url)) return false;
    return this.#rows.every((one) => this.#differIn(one, reading).length === 0);
  }

  distance(reading: Reading): Distance {
    const differences = [...(this.url?.differ(reading.url) ?? [])];
    let weight = differences.length * URL_WEIGHT;
    for (const one of this.#rows) {
      const found = this.#differIn(one, reading);
      differences.push(...found);
      weight += found.length * one.weight;
    }
    return { differences, weight };
  }

  #differIn({ key, differ }: Row, reading: Reading): readonly Difference[] {
    return differ(this.#pattern[key] as never, reading.request, reading);
  }

  toString(): string {
    const { method } = this.#pattern;
    const what = [...(method === undefined ? [] : [[method].flat().join("|")]), this.url ?? "any URL"].join(
      " ",
    );
    const others = this.#rows.map(({ key }) => key).filter((key) => key !== "method");
    return others.length === 0 ? what : `${what} with ${others.join(", ")}`;
  }
}

function differInNamed(
  where: string,
  wanted: Readonly<Record<string, ValuePattern>>,
  valuesOf: (name: string) => readonly string[],
): readonly Difference[] {
  return Object.entries(wanted).flatMap(([name, value]) =>
    differInValues(`${where}.${name}`, value, valuesOf(name)),
  );
}

function differInBody(
  wanted: NonNullable<RequestPattern["body"]>,
  { body, text }: TestRequest,
): readonly Difference[] {
  const fits =
    typeof wanted === "string"
      ? wanted === text
      : types.isRegExp(wanted)
        ? finds(wanted, text)
        : typeof wanted === "function"
          ? wanted(body) === true
          : body.equals(wanted);
  return fits ? [] : [{ where: "body", wanted: show(wanted), came: show(text) }];
}

function differInJsonBody(wanted: unknown, { json, request }: Reading): readonly Difference[] {
  if (json !== undefined) return differInJson("json", wanted, json);
  return [{ where: "json", wanted: show(wanted), came: `what is not JSON: ${show(request.text)}` }];
}

function differInParts(
  wanted: NonNullable<RequestPattern["parts"]>,
  request: TestRequest,
): readonly Difference[] {
  let parts: TestPart[];
  try {
    parts = request.parts();
  } catch {
    return [{ where: "parts", wanted: show(Object.keys(wanted)), came: "no multipart body" }];
  }
  return Object.entries(wanted).flatMap(([name, pattern]) => {
    const found = parts.filter((part) => part.name === name);
    const where = `parts.${name}`;
    if (pattern === null)
      return differInValues(
        where,
        null,
        found.map(({ text }) => text),
      );
    if (found.length === 0) return [{ where, wanted: show(pattern), came: "nothing" }];
    const differences = found.map((part) => differInPart(where, pattern, part));
    return differences.find((one) => one.length === 0) ?? differences[0] ?? [];
  });
}

function differInPart(
  where: string,
  pattern: PartPattern | string | RegExp,
  { filename, type, content, text }: TestPart,
): readonly Difference[] {
  if (typeof pattern === "string" || types.isRegExp(pattern)) return differInValues(where, pattern, [text]);
  const own = (key: "filename" | "type", value: string | null): readonly Difference[] =>
    pattern[key] === undefined
      ? []
      : differInValues(`${where}.${key}`, pattern[key], value === null ? [] : [value]);
  return [...own("filename", filename), ...own("type", type), ...differInContent(where, pattern, content)];
}

function differInContent(
  where: string,
  { content: wanted }: PartPattern,
  came: Buffer,
): readonly Difference[] {
  if (wanted === undefined) return [];
  if (!(wanted instanceof Uint8Array)) return differInValues(`${where}.content`, wanted, [came.toString()]);
  return came.equals(wanted) ? [] : [{ where: `${where}.content`, wanted: show(wanted), came: show(came) }];
}
