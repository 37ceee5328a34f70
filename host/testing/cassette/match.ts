import { refuseUnknownOptions } from "../../api/config.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import type { Difference } from "../fakes/pattern.ts";
import { show } from "../fakes/values.ts";
import { plainEscapes } from "../request/plain-escapes.ts";
import { HIDDEN } from "../request/secret-values.ts";
import { readPost } from "./entry-reader.ts";
import type { HarRequest } from "./har.ts";

/** A request as it is compared: without secrets, and with one boundary for all. */
export interface CassetteRequest {
  readonly method: string;
  readonly url: string;
  /** Names in lower case. Of several headers with one name, the last one. */
  readonly headers: Readonly<Record<string, string>>;
  /** Text, or one character a byte if it is not UTF-8. */
  readonly body: string;
}

/** Whether a request is one that was recorded. */
export type Comparison = (came: CassetteRequest, recorded: CassetteRequest) => boolean;

/** How a request finds its entry. Each part can be replaced by a function, or left out with false. */
export interface MatchOptions {
  /** @default the same method */
  readonly method?: Comparison | false | undefined;
  /** @default the same URL */
  readonly url?: Comparison | false | undefined;
  /** @default the same bytes */
  readonly body?: Comparison | false | undefined;
  /** @default false: headers do not matter */
  readonly headers?: Comparison | false | undefined;
}

type Part = keyof MatchOptions;

const PARTS: readonly Part[] = ["method", "url", "body", "headers"];

const DEFAULTS: Readonly<Record<Part, Comparison | false>> = {
  method: (came, recorded) => came.method === recorded.method,
  url: (came, recorded) => fitsHidden(plainUrl(recorded), plainUrl(came)),
  body: (came, recorded) => fitsHidden(recorded.body, came.body),
  headers: false,
};

/** Compares requests with those of a cassette. */
export class Matcher {
  readonly #parts: readonly (readonly [part: Part, fits: Comparison])[];

  /** @throws HttpBackgroundError BAD_CONFIG, which names the wrong member */
  constructor(options: MatchOptions = {}) {
    refuseUnknownOptions(options, PARTS, "BAD_CONFIG", "match");
    this.#parts = PARTS.flatMap((part) => {
      const fits = options[part] ?? DEFAULTS[part];
      if (fits !== false && typeof fits !== "function") {
        const option = `match.${part}`;
        throw new HttpBackgroundError("BAD_CONFIG", `${option}: must be a function or false`, { option });
      }
      return fits === false ? [] : [[part, fits] as const];
    });
  }

  fits(came: CassetteRequest, recorded: CassetteRequest): boolean {
    return this.#parts.every((part) => isFit(part, came, recorded));
  }

  differ(came: CassetteRequest, recorded: CassetteRequest): Difference[] {
    return this.#parts
      .filter((part) => !isFit(part, came, recorded))
      .map(([part]) => ({ where: part, wanted: show(recorded[part]), came: show(came[part]) }));
  }
}

/** @throws HttpBackgroundError BAD_ARGUMENT if a function says something else: a promise would fit always, or never */
function isFit(
  [part, fits]: readonly [part: Part, fits: Comparison],
  came: CassetteRequest,
  recorded: CassetteRequest,
): boolean {
  const answer: unknown = fits(came, recorded);
  if (typeof answer === "boolean") return answer;
  const option = `match.${part}`;
  const message = `${option}: must return true or false, and returned ${show(answer)}`;
  throw new HttpBackgroundError("BAD_ARGUMENT", message, { option });
}

/** A request of an entry, as it is compared. */
export function comparable(request: HarRequest): CassetteRequest {
  const { method, url, headers, postData } = request;
  const body = readPost(postData);
  const isText = postData?._encoding === undefined;
  return {
    method,
    url,
    headers: Object.fromEntries(headers.map(({ name, value }) => [name.toLowerCase(), value])),
    body: body.toString(isText ? "utf8" : "latin1"),
  };
}

/** Whether a text is a recorded one. What was hidden in that may have been anything. */
function fitsHidden(recorded: string, came: string): boolean {
  if (recorded === came) return true;
  const [start = "", ...pieces] = recorded.split(HIDDEN);
  const end = pieces.pop();
  if (end === undefined || !came.startsWith(start)) return false;
  let at = start.length;
  for (const piece of pieces) {
    const found = came.indexOf(piece, at);
    if (found === -1) return false;
    at = found + piece.length;
  }
  return came.length - end.length >= at && came.endsWith(end);
}

/** They are compared again and again. */
const plainUrls = new WeakMap<CassetteRequest, string>();

function plainUrl(request: CassetteRequest): string {
  const known = plainUrls.get(request);
  if (known !== undefined) return known;
  const url = plain(request.url);
  plainUrls.set(request, url);
  return url;
}

/** The URL without its fragment, in the spelling of the web platform. */
function plain(url: string): string {
  const text = url.split("#", 1)[0] ?? "";
  const href = URL.canParse(text) ? new URL(text).href.replaceAll("%5Bsecret%5D", HIDDEN) : text;
  return plainEscapes(href);
}
