import { AbortSignal, follow } from "../events/abort-signal.ts";
import { URL } from "../url/url.ts";
import { requireArguments, toByteText, toDictionary } from "../values/idl.ts";
import type { Body } from "./body.ts";
import { addBody } from "./body-methods.ts";
import { bodyOf } from "./extract.ts";
import { isToken } from "./header-list.ts";
import { Headers } from "./headers.ts";

export type RedirectMode = "follow" | "error" | "manual";

/** @internal What a request is about. */
export interface RequestParts {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: Body | null;
  readonly redirect: RedirectMode;
  /** The one that was given. */
  readonly source: AbortSignal | null;
}

/** @internal */
export let partsOf: (request: Request) => RequestParts;

/** Methods that are written in upper case, however they are given. */
const NORMALIZED = /^(delete|get|head|options|post|put)$/i;
const FORBIDDEN = /^(connect|trace|track)$/i;
const REDIRECTS: readonly unknown[] = ["follow", "error", "manual"];

/** What this library has no use for: each request has the values that it would have if nothing was said. */
const CONSTANT = {
  destination: "",
  referrer: "about:client",
  referrerPolicy: "",
  mode: "cors",
  credentials: "same-origin",
  cache: "default",
  integrity: "",
  keepalive: false,
  duplex: "half",
};

export class Request {
  readonly #parts: RequestParts;
  #signal: AbortSignal | undefined;

  static {
    partsOf = (request) => request.#parts;
  }

  constructor(input: unknown, init?: unknown) {
    requireArguments(arguments.length, 1, "Request");
    const from = input instanceof Request ? input.#parts : undefined;
    const options = toDictionary(init, "the init of a Request");
    const url = from?.url ?? parseUrl(input);
    const method = options.method === undefined ? (from?.method ?? "GET") : methodOf(options.method);
    const redirect =
      options.redirect === undefined ? (from?.redirect ?? "follow") : redirectOf(options.redirect);
    const source = options.signal === undefined ? (from?.source ?? null) : signalOf(options.signal);
    const headers = new Headers(options.headers ?? from?.headers);
    if (options.integrity) throw new TypeError("integrity is not supported");
    if ((options.window ?? null) !== null) throw new TypeError("there is no window");
    const given = options.body ?? from?.body ?? null;
    // Before a body is taken from another request.
    if (given !== null && (method === "GET" || method === "HEAD"))
      throw new TypeError(`${method} takes no body`);
    const body = takeBody(options.body, from?.body ?? null, headers);
    this.#parts = { url, method, headers, body, redirect, source };
  }

  get method(): string {
    return this.#parts.method;
  }

  get url(): string {
    return this.#parts.url.href;
  }

  get headers(): Headers {
    return this.#parts.headers;
  }

  get redirect(): RedirectMode {
    return this.#parts.redirect;
  }

  /** Few ask for it, so it is made when one does. */
  get signal(): AbortSignal {
    this.#signal ??= follow(this.#parts.source);
    return this.#signal;
  }

  clone(): Request {
    this.#parts.body?.check();
    const { method, headers, redirect, source } = this.#parts;
    const clone = new Request(this.url, { method, headers, redirect, signal: source });
    const body = this.#parts.body?.clone() ?? null;
    return clone.#with(body);
  }

  #with(body: Body | null): this {
    Object.assign(this.#parts, { body });
    return this;
  }
}

for (const [name, value] of Object.entries(CONSTANT))
  Object.defineProperty(Request.prototype, name, { get: () => value, enumerable: true, configurable: true });

addBody(Request, (request) => ({
  body: partsOf(request).body,
  type: () => request.headers.get("content-type") ?? "",
}));

function parseUrl(input: unknown): URL {
  const url = new URL(input);
  if (url.username !== "" || url.password !== "") throw new TypeError("the URL of a request has credentials");
  return url;
}

function methodOf(value: unknown): string {
  const method = toByteText(value);
  if (!isToken(method) || FORBIDDEN.test(method)) throw new TypeError(`"${method}" is no method`);
  return NORMALIZED.test(method) ? method.toUpperCase() : method;
}

function redirectOf(value: unknown): RedirectMode {
  const mode = `${value}`;
  if (!REDIRECTS.includes(mode)) throw new TypeError(`"${mode}" is no redirect mode`);
  return mode as RedirectMode;
}

function signalOf(value: unknown): AbortSignal | null {
  if (value === null || value instanceof AbortSignal) return value;
  throw new TypeError("the signal is no AbortSignal");
}

function takeBody(init: unknown, given: Body | null, headers: Headers): Body | null {
  if (init === undefined || init === null) return given?.move() ?? null;
  const { body, type } = bodyOf(init);
  if (type !== "" && !headers.has("content-type")) headers.append("content-type", type);
  return body;
}
