import { FormData } from "../files/form-data.ts";
import { withLineEnds } from "../files/multipart.ts";
import { encode } from "../seam/bytes.ts";
import { URL } from "../url/url.ts";
import { URLSearchParams } from "../url/url-search-params.ts";

/** One part of a form. */
interface Part {
  readonly data: unknown;
  readonly filename?: string;
  readonly type?: string;
}

/** The URL of a call as text: a `URL` becomes its text. */
export function asUrlText(url: unknown): unknown {
  return url instanceof URL ? url.href : url;
}

/** A post in the original's forms: what the web platform has for forms becomes text, or the parts of a form. */
export function asPost(post: unknown): unknown {
  if (post instanceof URLSearchParams) return post.toString();
  return post instanceof FormData ? partsOf(post) : post;
}

/**
 * The parts as browsers send them (WHATWG HTML §4.10.22.8, Fetch §6.2). A name may be there twice, so the keys are
 * bytes: no two objects are the same key.
 */
function partsOf(form: FormData): Map<Uint8Array, Part> {
  const parts = new Map<Uint8Array, Part>();
  for (const [name, value] of form) {
    const part: Part =
      typeof value === "string"
        ? { data: withLineEnds(value) }
        : { data: value, filename: value.name, type: value.type || "application/octet-stream" };
    parts.set(encode(withLineEnds(name)), part);
  }
  return parts;
}
