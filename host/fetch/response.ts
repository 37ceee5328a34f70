import { reasonOf } from "../api/response-headers.ts";
import type { Streamed } from "../api/results.ts";
import { guard } from "./content.ts";
import type { Hop } from "./hop.ts";
import type { Integrity } from "./integrity.ts";

/** Statuses whose responses have no body, in the words of Fetch. */
const BODILESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

interface Asked {
  readonly hop: Hop;
  readonly isRedirected: boolean;
  /** Whether a redirect has led to another origin. */
  readonly isCrossOrigin: boolean;
  readonly integrity: Integrity;
  readonly signal: AbortSignal | null;
}

/**
 * The `Response` for a result.
 *
 * @throws TypeError for a status that no `Response` can have, and if the content is not the expected one
 */
export async function respond(result: Streamed, asked: Asked): Promise<Response> {
  const { hop, integrity, signal } = asked;
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
  const checked = integrity.isNeeded ? await checkedBy(integrity, body) : body;
  const response = new Response(checked, {
    status,
    statusText: statusTextOf(result),
    headers: headersOf(result),
  });
  return dress(response, new URL(result.url).href, asked);
}

/** A server may say more than a `Response` takes. Then it is left out. */
function statusTextOf({ headers }: Streamed): string {
  const text = reasonOf(headers);
  return /^[\t -~\x80-\xff]*$/.test(text) ? text : "";
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

/** All content, because nobody may see any of it before all of it was checked. */
async function checkedBy(
  integrity: Integrity,
  body: ReadableStream<Uint8Array> | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const content = new Uint8Array(await new Response(body).arrayBuffer());
  integrity.check(content);
  return content;
}

/** Gives a response what its constructor does not take, and its clones, too. */
function dress(response: Response, url: string, asked: Asked): Response {
  const clone = (): Response => dress(Response.prototype.clone.call(response), url, asked);
  // What came cannot be changed.
  for (const name of ["append", "delete", "set"]) Object.defineProperty(response.headers, name, IMMUTABLE);
  return Object.defineProperties(response, {
    url: { value: url, configurable: true },
    redirected: { value: asked.isRedirected, configurable: true },
    type: { value: asked.isCrossOrigin ? "cors" : "basic", configurable: true },
    clone: { value: clone, configurable: true, writable: true },
  });
}

const IMMUTABLE: PropertyDescriptor = {
  value: () => {
    throw new TypeError("the headers of a response cannot be changed");
  },
};
