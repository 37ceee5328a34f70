import type { CallOptions } from "../api/calls.ts";
import { ContentError } from "../api/errors.ts";
import type { HttpBackground } from "../api/http-background.ts";
import type { Failed, Streamed } from "../api/results.ts";
import { bodyOf } from "./body.ts";
import { headersFor } from "./cache-mode.ts";
import { type Hop, linesOf } from "./hop.ts";
import { Integrity } from "./integrity.ts";
import { isRedirect } from "./redirect-rules.ts";
import { nextHop } from "./redirects.ts";
import { respond } from "./response.ts";

export type Fetch = typeof globalThis.fetch;
type Call = HttpBackground["http_background"];

/** Fetch §4.4. */
const MOST_REDIRECTS = 20;
/** Content of a redirect is read up to this length, so that its connection can be used again. */
const SHORT = 16 * 1024;

/** URLs of these schemes name their content. No request is made for them, so Node's own fetch may read them. */
const LOCAL: ReadonlySet<string> = new Set(["data:", "blob:"]);
// Somebody may put ours in its place.
const nodeFetch = globalThis.fetch;

/** A `fetch` whose requests are calls on one thread, with these options. */
export function makeFetch(call: Call, id: string, options: CallOptions): Fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const signal = signalOf(input, init);
    const url = new URL(request.url);
    if (LOCAL.has(url.protocol)) return nodeFetch(request, { signal });
    if (signal?.aborted) request.body?.cancel(signal.reason).catch(() => {});
    signal?.throwIfAborted();
    const body = await bodyOf(request, init?.body, signal);
    const hop: Hop = { url, method: request.method, headers: headersFor(request), body };
    return new Fetching(call, id, options, request, signal).follow(hop).catch((error) => {
      body?.cancel(error);
      throw error;
    });
  };
}

/** Not the signal of the request that is made of them: Node 20 may collect what that one follows. */
function signalOf(input: unknown, init: RequestInit | undefined): AbortSignal | null {
  const given = init?.signal;
  if (given !== undefined) return given;
  return input instanceof Request ? input.signal : null;
}

/** One `fetch`: its requests, one after the other. */
class Fetching {
  readonly #call: Call;
  readonly #id: string;
  readonly #options: CallOptions;
  readonly #mode: Request["redirect"];
  readonly #integrity: Integrity;
  readonly #signal: AbortSignal | null;

  constructor(
    call: Call,
    id: string,
    options: CallOptions,
    { redirect, integrity }: Request,
    signal: AbortSignal | null,
  ) {
    this.#call = call;
    this.#id = id;
    this.#options = options;
    this.#mode = redirect;
    this.#integrity = new Integrity(integrity);
    this.#signal = signal;
  }

  async follow(first: Hop): Promise<Response> {
    let hop = first;
    let isCrossOrigin = false;
    for (let followed = 0; ; followed++) {
      const result = await this.#ask(hop);
      const isRedirecting = isRedirect(result.status);
      const location = isRedirecting && this.#mode === "follow" ? result.headers.get("location") : null;
      // Also one that leads nowhere is an error then, as Fetch says.
      if (isRedirecting && this.#mode === "error") {
        await discard(result);
        throw failed(new Error("unexpected redirect"));
      }
      if (location === null)
        return respond(result, {
          hop,
          isRedirected: followed > 0,
          isCrossOrigin,
          integrity: this.#integrity,
          signal: this.#signal,
        });
      await discard(result);
      if (followed === MOST_REDIRECTS) throw failed(new Error("redirect count exceeded"));
      const next = nextHop(hop, result.status, location);
      isCrossOrigin ||= next.url.origin !== hop.url.origin;
      hop = next;
    }
  }

  async #ask(hop: Hop): Promise<Streamed> {
    const options = { ...this.#options, method: hop.method, headers: linesOf(hop) };
    const settings = { stream: true, decompress: true, signal: this.#signal ?? undefined } as const;
    const result = await this.#call(this.#id, hop.url, options, hop.body?.post, settings).catch((error) => {
      throw failed(error);
    });
    if (result.code === undefined) return result;
    this.#signal?.throwIfAborted();
    throw failed(causeOf(result));
  }
}

function failed(cause: unknown): TypeError {
  return new TypeError("fetch failed", { cause });
}

/** It always has a code: that of the system, as with every `fetch`, or else ours. */
function causeOf({ code, error, cause }: Failed): Error {
  return cause?.code === undefined ? new ContentError(code, error, cause) : cause;
}

/** What is announced may be wrong: in chunks, content may go on for ever. */
async function discard({ headers, content }: Streamed): Promise<void> {
  const length = headers.get("content-length");
  if (length === null || !(Number(length) <= SHORT)) return content.cancel();
  const reader = content.getReader();
  let left = SHORT;
  try {
    for (let next = await reader.read(); !next.done && left >= 0; next = await reader.read())
      left -= next.value.length;
  } catch {
    // If it fails, nobody is interested.
  }
  await reader.cancel().catch(() => {});
}
