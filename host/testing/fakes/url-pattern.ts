import { types } from "node:util";
import { HttpBackgroundError } from "../../api/errors.ts";
import { formatShortOrigin } from "../../network/url/origin.ts";
import { parseUrl, type Url } from "../../network/url/url.ts";
import { parametersOf, plainEscapes } from "../request/plain-escapes.ts";
import type { Difference, RequestPattern } from "./pattern.ts";
import { finds, show } from "./values.ts";

const ANY = "*";

/** The URLs that a fake is for. */
export class UrlPattern {
  /** The host of which it is, and the origin; null if that may be any. */
  readonly origin: string | null;
  readonly hostname: string | null;
  readonly #given: NonNullable<RequestPattern["url"]>;
  /** The segments of the path; null if it is no text. */
  readonly #path: readonly string[] | null;
  /** The parameters of the query, sorted; null if they may be any. */
  readonly #query: readonly string[] | null;

  /** @throws HttpBackgroundError BAD_ARGUMENT */
  constructor(given: NonNullable<RequestPattern["url"]>) {
    this.#given = given instanceof URL ? given.href : given;
    if (typeof this.#given !== "string") {
      checkKind(given);
      [this.origin, this.hostname, this.#path, this.#query] = [null, null, null, null];
      return;
    }
    const isPath = this.#given.startsWith("/");
    const url = parse(isPath ? `http://any.invalid${this.#given}` : this.#given);
    this.origin = isPath ? null : formatShortOrigin(url);
    this.hostname = isPath ? null : url.hostname;
    const [path = "", query] = splitTarget(fromBytes(url.target));
    this.#path = plainEscapes(path).split("/");
    this.#query = query === null ? null : sorted(query);
  }

  differ(text: string): readonly Difference[] {
    const given = this.#given;
    if (types.isRegExp(given) || typeof given === "function") {
      const fits = types.isRegExp(given)
        ? finds(given, text)
        : URL.canParse(text) && given(new URL(text)) === true;
      return fits ? [] : [{ where: "url", wanted: show(given), came: show(text) }];
    }
    const slash = text.indexOf("/", text.indexOf("://") + 3);
    const [path = "", query] = splitTarget(text.slice(slash));
    return [
      ...this.#differInOrigin(text.slice(0, slash)),
      ...this.#differInPath(path),
      ...this.#differInQuery(query),
    ];
  }

  toString(): string {
    return typeof this.#given === "string" ? this.#given : show(this.#given);
  }

  #differInOrigin(origin: string): readonly Difference[] {
    if (this.origin === null || this.origin === origin) return [];
    return [{ where: "origin", wanted: show(this.origin), came: show(origin) }];
  }

  #differInPath(path: string): readonly Difference[] {
    const wanted = this.#path ?? [];
    const came = plainEscapes(path).split("/");
    const isOpen = wanted.at(-1) === ANY;
    const isLong = isOpen ? came.length >= wanted.length : came.length === wanted.length;
    const fits = isLong && wanted.every((segment, at) => segment === ANY || segment === came[at]);
    return fits ? [] : [{ where: "path", wanted: show(wanted.join("/")), came: show(path) }];
  }

  #differInQuery(query: string | null): readonly Difference[] {
    if (this.#query === null) return [];
    const came = sorted(query ?? "");
    const isSame = came.length === this.#query.length && came.every((one, at) => one === this.#query?.[at]);
    if (isSame) return [];
    return [{ where: "query", wanted: show(this.#query.join("&")), came: show(came.join("&")) }];
  }
}

function checkKind(given: unknown): void {
  if (types.isRegExp(given) || typeof given === "function") return;
  throw bad(`must be a text, a URL, a regular expression or a function, and is ${show(given)}`);
}

function parse(text: string): Url {
  try {
    return parseUrl(Buffer.from(text, "utf8").toString("latin1"));
  } catch {
    throw bad(`is not a URL of http or https: ${show(text)}`);
  }
}

function bad(why: string): HttpBackgroundError {
  return new HttpBackgroundError("BAD_ARGUMENT", `url: ${why}`, { option: "url" });
}

function splitTarget(target: string): [path: string, query: string | null] {
  const mark = target.indexOf("?");
  return mark === -1 ? [target, null] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** The parameters, however they are escaped. */
function sorted(query: string): string[] {
  return [...parametersOf(`?${query}`)].map((pair) => `${new URLSearchParams([pair])}`).sort();
}

function fromBytes(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}
