import { URL } from "../url/url.ts";
import { toByteText, toDictionary, toUnsignedShort } from "../values/idl.ts";
import type { Body } from "./body.ts";
import { addBody } from "./body-methods.ts";
import { bodyOf } from "./extract.ts";
import { freeze, Headers } from "./headers.ts";

export interface ResponseParts {
  readonly type: "default" | "basic" | "cors" | "error" | "opaqueredirect";
  readonly url: string;
  readonly redirected: boolean;
  readonly status: number;
  readonly statusText: string;
  /** Makes them when somebody asks. */
  readonly headers: () => Headers;
  readonly body: Body | null;
}

/** @internal Makes a response that is not one of a script's own. */
export let makeResponse: (parts: ResponseParts) => Response;
let bodyIn: (response: Response) => Body | null;

/** Statuses whose responses have no body (Fetch §2.2.3). */
export const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);
const REDIRECT_STATUSES: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** A phrase of RFC 9112 §4. */
const REASON = /^[\t\x20-\x7e\x80-\xff]*$/;

const OWN = { type: "default", url: "", redirected: false, statusText: "", body: null } as const;

export class Response {
  #parts: ResponseParts;
  #headers: Headers | undefined;

  static {
    bodyIn = (response) => response.#parts.body;
    makeResponse = (parts) => {
      const response = new Response();
      response.#parts = parts;
      return response;
    };
  }

  constructor(init: unknown = null, options?: unknown) {
    const { status, statusText, headers: pairs } = readOptions(options);
    const headers = new Headers(pairs);
    const extracted = init === null ? undefined : bodyOf(init);
    if (extracted !== undefined) {
      if (BODILESS.has(status)) throw new TypeError(`a response with status ${status} has no body`);
      if (extracted.type !== "" && !headers.has("content-type"))
        headers.append("content-type", extracted.type);
    }
    const body = extracted?.body ?? null;
    this.#parts = { ...OWN, status, statusText, headers: () => headers, body };
  }

  static error(): Response {
    return makeResponse({ ...OWN, type: "error", status: 0, headers: () => frozen({}) });
  }

  static redirect(url: unknown, status: unknown = 302): Response {
    const { href } = new URL(url);
    const code = toUnsignedShort(status);
    if (!REDIRECT_STATUSES.has(code)) throw new RangeError(`${code} is no status of a redirect`);
    return makeResponse({ ...OWN, status: code, headers: () => frozen({ location: href }) });
  }

  static json(data: unknown, init?: unknown): Response {
    const text = JSON.stringify(data);
    if (text === undefined) throw new TypeError("the value has no JSON");
    const options = readOptions(init);
    const headers = new Headers(options.headers);
    if (!headers.has("content-type")) headers.append("content-type", "application/json");
    return new Response(text, { ...options, headers });
  }

  get type(): string {
    return this.#parts.type;
  }

  get url(): string {
    return this.#parts.url;
  }

  get redirected(): boolean {
    return this.#parts.redirected;
  }

  get status(): number {
    return this.#parts.status;
  }

  get ok(): boolean {
    return this.#parts.status >= 200 && this.#parts.status < 300;
  }

  get statusText(): string {
    return this.#parts.statusText;
  }

  get headers(): Headers {
    this.#headers ??= this.#parts.headers();
    return this.#headers;
  }

  clone(): Response {
    const body = this.#parts.body?.clone() ?? null;
    return makeResponse({ ...this.#parts, headers: () => new Headers(this.headers), body });
  }
}

addBody(Response, (response) => ({
  body: bodyIn(response),
  type: () => response.headers.get("content-type") ?? "",
}));

function readOptions(init: unknown): {
  readonly status: number;
  readonly statusText: string;
  readonly headers: unknown;
} {
  const {
    status: code = 200,
    statusText: phrase = "",
    headers,
  } = toDictionary(init, "the init of a Response");
  const status = toUnsignedShort(code);
  if (status < 200 || status > 599) throw new RangeError(`${status} is no status of a response`);
  const statusText = toByteText(phrase);
  if (!REASON.test(statusText)) throw new TypeError("the statusText is malformed");
  return { status, statusText, headers };
}

function frozen(init: Record<string, string>): Headers {
  const headers = new Headers(init);
  freeze(headers);
  return headers;
}
