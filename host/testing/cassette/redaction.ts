import { refuseUnknownOptions } from "../../api/config.ts";
import { HttpBackgroundError } from "../../api/errors.ts";
import { HIDDEN, SecretValues } from "../request/secret-values.ts";
import type { HarEntry, HarPair, HarRequest } from "./har.ts";

/** What is hidden in cassettes, besides what is always hidden. Case does not matter in names. */
export interface RedactOptions {
  /** Names of headers, of requests and responses. */
  readonly headers?: readonly string[] | undefined;
  /** Names of parameters of queries. */
  readonly query?: readonly string[] | undefined;
  /** Names of members of JSON, at any depth, and of fields of forms, in bodies and contents. */
  readonly fields?: readonly string[] | undefined;
  /** Texts, wherever they are. */
  readonly values?: readonly string[] | undefined;
}

const KEYS: readonly (keyof RedactOptions)[] = ["headers", "query", "fields", "values"];

/** What is always hidden. */
const HEADERS: readonly string[] = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-amz-security-token",
  "x-api-key",
  "x-auth-token",
];
const QUERY: readonly string[] = [
  "x-amz-signature",
  "x-amz-credential",
  "x-amz-security-token",
  "access_token",
  "api_key",
  "client_secret",
  "password",
];
const FIELDS: readonly string[] = ["password", "client_secret", "access_token", "refresh_token", "id_token"];

/** Hides what is secret in entries of cassettes. What it has hidden stays as it is when it is done again. */
export class Redaction {
  /** The secrets that were seen so far. */
  readonly secrets: SecretValues;
  readonly #headers: Set<string>;
  readonly #query: ReadonlySet<string>;
  readonly #fields: ReadonlySet<string>;

  /** @throws HttpBackgroundError BAD_CONFIG, which names the wrong member */
  constructor(options: RedactOptions = {}) {
    refuseUnknownOptions(options, KEYS);
    for (const key of KEYS) {
      const list = options[key];
      if (list === undefined || (Array.isArray(list) && list.every((one) => typeof one === "string")))
        continue;
      throw new HttpBackgroundError("BAD_CONFIG", `redact.${key}: must be a list of texts`, {
        option: `redact.${key}`,
      });
    }
    const names = (own: readonly string[], given: readonly string[] = []): ReadonlySet<string> =>
      new Set([...own, ...given].map((name) => name.toLowerCase()));
    this.#headers = new Set(names(HEADERS, options.headers));
    this.#query = names(QUERY, options.query);
    this.#fields = names(FIELDS, options.fields);
    this.secrets = new SecretValues(options.values);
  }

  /** Remembers the secrets of an entry, so that they are hidden in other entries as well. */
  learn({ request, response }: Pick<HarEntry, "request" | "response">): void {
    for (const { name, value } of [...request.headers, ...response.headers])
      if (this.#headers.has(name.toLowerCase())) this.secrets.addHeader(name, value);
  }

  /** Hides the header of a rule from now on, whatever its value is. */
  addInjected(name: string): void {
    this.#headers.add(name.toLowerCase());
  }

  /** The entry without its secrets. */
  entry(entry: HarEntry): HarEntry {
    const { response } = entry;
    const { content } = response;
    const shown = content.text === undefined ? {} : { text: this.#body(content.text, content.encoding) };
    return {
      ...entry,
      request: this.request(entry.request),
      response: {
        ...response,
        headers: this.#pairs(response.headers, this.#headers),
        ...(response.cookies && { cookies: hideAll(response.cookies) }),
        ...(response.redirectURL && { redirectURL: this.#url(response.redirectURL) }),
        content: { ...content, ...shown },
      },
    };
  }

  /** The request without its secrets. It is compared so, and written so. */
  request(request: HarRequest): HarRequest {
    const { postData } = request;
    const shown: HarRequest = {
      ...request,
      url: this.#url(request.url),
      headers: this.#pairs(request.headers, this.#headers),
      ...(request.cookies && { cookies: hideAll(request.cookies) }),
      ...(request.queryString && { queryString: this.#pairs(request.queryString, this.#query) }),
    };
    if (postData === undefined) return shown;
    const text = postData.text === undefined ? {} : { text: this.#body(postData.text, postData._encoding) };
    const { params } = postData;
    const hidden = params && this.#pairs(params as HarPair[], this.#fields);
    return { ...shown, postData: { ...postData, ...text, ...(hidden && { params: hidden }) } };
  }

  #pairs(pairs: readonly HarPair[], hidden: ReadonlySet<string>): HarPair[] {
    return pairs.map((pair) => ({
      ...pair,
      value: hidden.has(pair.name.toLowerCase()) ? hideHeader(pair) : this.#headerValue(pair),
    }));
  }

  /** A header may hold a URL, such as Location. */
  #headerValue({ value = "" }: Partial<HarPair>): string {
    return value.includes("?") ? this.#url(value) : this.secrets.hideIn(value);
  }

  #url(url: string): string {
    const text = this.secrets.hideIn(url.replace(USER_INFO, "$1"));
    const [start = "", query] = splitOnce(text, "?");
    if (query === null) return text;
    return `${start}?${this.#hideParameters(query, this.#query)}`;
  }

  #hideParameters(text: string, hidden: ReadonlySet<string>): string {
    return text
      .split("&")
      .map((one) => {
        const [name = "", value] = splitOnce(one, "=");
        return value !== null && hidden.has(decode(name).toLowerCase()) ? `${name}=${HIDDEN}` : one;
      })
      .join("&");
  }

  #body(text: string, encoding: string | undefined): string {
    if (encoding === "base64") return this.#bytes(text);
    const shown = this.secrets.hideIn(text);
    const start = shown.trimStart().slice(0, 1);
    if (start === "{" || start === "[") return this.#hideMembers(shown);
    return LIKE_A_FORM.test(shown) ? this.#hideParameters(shown, this.#fields) : shown;
  }

  #bytes(base64: string): string {
    const bytes = Buffer.from(base64, "base64").toString("latin1");
    const shown = this.secrets.hideIn(bytes, "latin1");
    return shown === bytes ? base64 : Buffer.from(shown, "latin1").toString("base64");
  }

  /** The JSON is written anew only if something is hidden in it. */
  #hideMembers(text: string): string {
    let count = 0;
    const hide = (key: string, value: unknown): unknown => {
      if (!this.#fields.has(key.toLowerCase()) || value === HIDDEN || value === null) return value;
      count++;
      return HIDDEN;
    };
    try {
      const shown: unknown = JSON.parse(text, hide);
      return count === 0 ? text : JSON.stringify(shown);
    } catch {
      return text;
    }
  }
}

const USER_INFO = /^(https?:\/\/)[^/?#@]{0,2000}@/i;
/** The first field of a form; what follows does not matter. */
const LIKE_A_FORM = /^[\w.%+[\]-]{1,200}=/;

/** The names of cookies are kept, and what says where they are sent. */
function hideHeader({ name, value }: HarPair): string {
  const key = name.toLowerCase();
  if (key !== "cookie" && key !== "set-cookie") return HIDDEN;
  return value
    .split(";")
    .map((pair, index) => {
      const at = pair.indexOf("=");
      if (key === "set-cookie" && index > 0) return pair;
      return at === -1 ? ` ${HIDDEN}` : `${pair.slice(0, at)}=${HIDDEN}`;
    })
    .join(";")
    .trim();
}

function hideAll(pairs: readonly HarPair[]): HarPair[] {
  return pairs.map((pair) => ({ ...pair, value: HIDDEN }));
}

function splitOnce(text: string, mark: string): [before: string, after: string | null] {
  const at = text.indexOf(mark);
  return at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + mark.length)];
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll("+", " "));
  } catch {
    return name;
  }
}
