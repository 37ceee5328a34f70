import { isDeepStrictEqual, types } from "node:util";
import { HttpBackgroundError } from "../../api/errors.ts";
import { formatShortOrigin } from "../../network/url/origin.ts";
import { parseUrl, type Url } from "../../network/url/url.ts";
import { type SentUrl, segmentsOf, sortedParameters } from "../request/sent-url.ts";
import type { Difference, RequestPattern } from "./pattern.ts";
import { finds, show } from "./values.ts";

const ANY = "*";

/** The URLs that a fake is for. */
export class UrlPattern {
  /** The host of which it is, and the origin; null if that may be any. */
  readonly origin: string | null;
  readonly hostname: string | null;
  readonly #given: NonNullable<RequestPattern["url"]>;
  /** The segments of the path; none if it is no text. */
  readonly #path: readonly string[];
  /** The parameters of the query, sorted; null if they may be any. */
  readonly #query: readonly string[] | null;

  /** @throws HttpBackgroundError BAD_ARGUMENT */
  constructor(given: NonNullable<RequestPattern["url"]>) {
    this.#given = given instanceof URL ? given.href : given;
    if (typeof this.#given !== "string") {
      checkKind(given);
      [this.origin, this.hostname, this.#path, this.#query] = [null, null, [], null];
      return;
    }
    const isPath = this.#given.startsWith("/");
    const url = parse(isPath ? `http://any.invalid${this.#given}` : this.#given);
    this.origin = isPath ? null : formatShortOrigin(url);
    this.hostname = isPath ? null : url.hostname;
    const target = fromBytes(url.target);
    const [path = ""] = target.split("?", 1);
    this.#path = segmentsOf(path);
    this.#query = target.includes("?") ? sortedParameters(target) : null;
  }

  fits(url: SentUrl): boolean {
    const given = this.#given;
    if (types.isRegExp(given)) return finds(given, url.text);
    if (typeof given === "function") return URL.canParse(url.text) && given(new URL(url.text)) === true;
    return this.#fitsOrigin(url) && this.#fitsPath(url) && this.#fitsQuery(url);
  }

  differ(url: SentUrl): readonly Difference[] {
    if (typeof this.#given !== "string")
      return this.fits(url) ? [] : [{ where: "url", wanted: show(this.#given), came: show(url.text) }];
    const found: Difference[] = [];
    const note = (where: string, wanted: string, came: string): void => {
      found.push({ where, wanted: show(wanted), came: show(came) });
    };
    if (!this.#fitsOrigin(url)) note("origin", this.origin ?? "", url.origin);
    if (!this.#fitsPath(url)) note("path", this.#path.join("/"), url.path);
    if (!this.#fitsQuery(url)) note("query", this.#query?.join("&") ?? "", url.query.join("&"));
    return found;
  }

  toString(): string {
    return typeof this.#given === "string" ? this.#given : show(this.#given);
  }

  #fitsOrigin(url: SentUrl): boolean {
    return this.origin === null || this.origin === url.origin;
  }

  #fitsPath({ segments }: SentUrl): boolean {
    const wanted = this.#path;
    const isOpen = wanted.at(-1) === ANY;
    const isLong = isOpen ? segments.length >= wanted.length : segments.length === wanted.length;
    return isLong && wanted.every((segment, at) => segment === ANY || segment === segments[at]);
  }

  #fitsQuery(url: SentUrl): boolean {
    const wanted = this.#query;
    return wanted === null || isDeepStrictEqual(wanted, url.query);
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

function fromBytes(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}
