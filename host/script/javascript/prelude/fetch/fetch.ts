import { isRedirect } from "../../../../fetch/redirect-rules.ts";
import { Blob, FROM_SOURCE } from "../files/blob.ts";
import { http_background } from "../guest/http-background.ts";
import type { ResponseHeaders } from "../guest/response-headers.ts";
import type { Answered } from "../guest/result.ts";
import { type Bytes, encodeLatin1 } from "../seam/bytes.ts";
import { HandleValue } from "../seam/message-pack-reader.ts";
import { toDictionary } from "../values/idl.ts";
import { withStack } from "../values/mistake.ts";
import { Body, type BodySource, Form } from "./body.ts";
import { isHeader } from "./header-list.ts";
import { freeze, Headers } from "./headers.ts";
import { Failure, failed, type Hop, nextHop } from "./redirects.ts";
import { partsOf, Request, type RequestParts } from "./request.ts";
import { BODILESS, makeResponse, type Response, type ResponseParts } from "./response.ts";

/** The thread of requests for which none is named. */
const DEFAULT_THREAD = "default";
/** Fetch §4.4. */
const MOST_REDIRECTS = 20;
/** Options of a call that a `fetch` may have for all its requests: what is in no Request. */
const OPTIONS: ReadonlySet<string> = new Set([
  "timeout",
  "connect_timeout",
  "max_file_size",
  "proxy",
  "sourceip",
  "http_version",
  "tls_verify_peer",
  "tls_verify_host",
  "tls_client_cert",
]);

type Fetch = (input: unknown, init?: unknown) => Promise<Response>;

/**
 * A `fetch` whose requests are calls on one thread, with these options.
 *
 * @throws TypeError for an option that is in a Request, or is none
 */
export function makeFetch(id: unknown, given?: unknown): Fetch {
  const options = { ...toDictionary(given, "the options of fetch") };
  const unknown = Object.keys(options).find((name) => !OPTIONS.has(name));
  if (unknown !== undefined) throw new TypeError(`"${unknown}" is no option of fetch`);
  return async function fetch(input, init) {
    const request = partsOf(new Request(input, init));
    request.source?.throwIfAborted();
    const start = { stack: "" };
    Error.captureStackTrace(start, fetch);
    return await new Fetching(id, options, request).follow().catch((error) => {
      throw error instanceof Failure ? failureAt(start.stack, error) : error;
    });
  };
}

/** Behind a wait there is no stack any more: the error has that of the start. */
function failureAt(stack: string, { cause }: Failure): TypeError {
  return withStack(new TypeError("fetch failed", { cause }), stack);
}

export const fetch = makeFetch(DEFAULT_THREAD);

/** One `fetch`: its requests, one after the other. */
class Fetching {
  readonly #id: unknown;
  readonly #options: object;
  readonly #request: RequestParts;

  constructor(id: unknown, options: object, request: RequestParts) {
    this.#id = id;
    this.#options = options;
    this.#request = request;
  }

  async follow(): Promise<Response> {
    // What is sent is a whole: the host takes it in one call.
    await this.#request.body?.gather();
    let hop: Hop = this.#request;
    let isCrossOrigin = false;
    for (let followed = 0; ; followed++) {
      const result = await this.#ask(hop);
      const location = isRedirect(result.status) ? result.headers.get("location") : null;
      if (location === null || this.#request.redirect === "manual") {
        const type = isCrossOrigin ? "cors" : "basic";
        return respond(result, hop, { type, redirected: followed > 0 });
      }
      result.content.release();
      if (this.#request.redirect === "error") throw failed("unexpected redirect");
      if (followed === MOST_REDIRECTS) throw failed("redirect count exceeded");
      const next = nextHop(hop, result.status, location);
      isCrossOrigin ||= next.url.origin !== hop.url.origin;
      hop = next;
    }
  }

  async #ask(hop: Hop): Promise<Answered> {
    const signal = this.#request.source ?? undefined;
    const { post, lines } = messageOf(hop);
    const options = { ...this.#options, method: hop.method, headers: lines };
    const result = await http_background(this.#id, hop.url, options, post, { signal }).catch((cause) => {
      throw new Failure(cause);
    });
    if (result.code === undefined) return result;
    signal?.throwIfAborted();
    throw failed(result.error, { code: result.code });
  }
}

/** What is posted for a body, and the headers as lines with one byte for each character. */
function messageOf({ headers, body }: Hop): { readonly post: unknown; readonly lines: Bytes[] } {
  // A redirect may need it again.
  const source = body?.clone().take();
  const isForm = source instanceof Form;
  const lines = [...headers]
    .filter(([name, value]) => !(isForm && name === "content-type" && value.includes(source.boundary)))
    .map(([name, value]) => (value === "" ? `${name};` : `${name}: ${value}`));
  // Without this line, the post would have a type of its own.
  if (source !== undefined && !isForm && !headers.has("content-type")) lines.push("content-type:");
  // A File that is posted alone has no length, if none is said.
  if (source instanceof HandleValue && source.size >= 0 && !headers.has("content-length"))
    lines.push(`content-length: ${source.size}`);
  return { post: postOf(source), lines: lines.map(encodeLatin1) };
}

function postOf(source: BodySource | undefined): unknown {
  if (source instanceof Form) return source.data;
  return source instanceof HandleValue ? new Blob(source, {}, FROM_SOURCE) : source;
}

/** @throws Failure for a status that no Response can have */
function respond(answered: Answered, hop: Hop, way: Pick<ResponseParts, "type" | "redirected">): Response {
  const { status, content, url } = answered;
  if (status < 200 || status > 599) throw failed(`the server answered with status ${status}`);
  const hasBody = hop.method !== "HEAD" && !BODILESS.has(status);
  return makeResponse({
    ...way,
    url: url ?? hop.url.href,
    status,
    statusText: "",
    headers: () => headersOf(answered.headers),
    body: hasBody ? new Body(content) : null,
  });
}

/** A server may use names that no Headers can have: nobody could ask for them. */
function headersOf(fields: ResponseHeaders): Headers {
  const headers = new Headers();
  for (const [name, value] of fields) if (isHeader(name, value)) headers.append(name, value);
  freeze(headers);
  return headers;
}
