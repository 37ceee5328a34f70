import type { Streamed } from "../api/types.ts";
import type { Hop } from "./hop.ts";

/** Statuses whose responses have no body, in the words of Fetch. */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

interface Asked {
  readonly hop: Hop;
  readonly isRedirected: boolean;
  readonly signal: AbortSignal | null;
}

/**
 * The `Response` for a result.
 *
 * @throws TypeError for a status that no `Response` can have
 */
export async function respond(result: Streamed, { hop, isRedirected, signal }: Asked): Promise<Response> {
  const { status, content } = result;
  if (status < 200 || status > 599) {
    await content.cancel();
    throw new TypeError("fetch failed", {
      cause: new RangeError(`the server answered with status ${status}`),
    });
  }
  const hasBody = hop.method !== "HEAD" && !BODILESS.has(status);
  // Not before its head was read: an empty content has ended, or will.
  if (status === 205) await content.cancel();
  const body = hasBody ? guard(content, signal) : null;
  const response = new Response(body, { status, headers: headersOf(result) });
  const url = new URL(result.url);
  return dress(response, url.href, isRedirected);
}

/** A server may use names that `Headers` does not take. They are left out. */
function headersOf({ headers }: Streamed): Headers {
  const own = new Headers();
  for (const [name, value] of headers) {
    try {
      own.append(name, value);
    } catch {
      // Nobody could ask for it by this name.
    }
  }
  return own;
}

/** Gives a response what its constructor does not take, and its clones, too. */
function dress(response: Response, url: string, redirected: boolean): Response {
  const clone = (): Response => dress(Response.prototype.clone.call(response), url, redirected);
  return Object.defineProperties(response, {
    url: { value: url, configurable: true },
    redirected: { value: redirected, configurable: true },
    type: { value: "basic", configurable: true },
    clone: { value: clone, configurable: true, writable: true },
  });
}

/** The same bytes, as a stream of type "bytes", with the errors of `fetch`. */
function guard(content: ReadableStream<Uint8Array>, signal: AbortSignal | null): ReadableStream<Uint8Array> {
  const reader = content.getReader();
  const pull = async (controller: ReadableByteStreamController): Promise<void> => {
    const { done, value } = await reader.read().catch((cause) => {
      throw signal?.aborted ? signal.reason : new TypeError("terminated", { cause });
    });
    if (!done) return controller.enqueue(value);
    controller.close();
    controller.byobRequest?.respond(0);
  };
  return new ReadableStream({ type: "bytes", pull, cancel: (reason) => reader.cancel(reason) });
}
