import { MAX_PARTS } from "../../assembly/abi.ts";
import type { Part } from "../api/calls.ts";

/** The URL of a call as text or bytes: a `URL` of the web platform becomes its text. */
export function asUrlText(url: unknown): unknown {
  return url instanceof URL ? url.href : url;
}

/** A post in the original's forms: what the web platform has for forms becomes text, or the parts of a form. */
export function asPost(post: unknown): unknown {
  // The global FormData is not even looked at for others: Node loads all of its fetch when somebody does.
  if (typeof post !== "object" || post === null || ArrayBuffer.isView(post)) return post;
  if (post instanceof URLSearchParams) return URLSearchParams.prototype.toString.call(post);
  return post instanceof FormData ? partsOf(post) : post;
}

/**
 * The parts as browsers send them (WHATWG HTML §4.10.22.8, Fetch §6.2). A name may be there twice, so the keys are
 * bytes: no two objects are the same key.
 */
function partsOf(form: FormData): Map<Uint8Array, Part> {
  const parts = new Map<Uint8Array, Part>();
  // Whatever a class of the caller's says is in it.
  for (const [name, value] of FormData.prototype.entries.call(form)) {
    parts.set(Buffer.from(withLineEnds(name)), partOf(value));
    // One more than a call may have: it is refused, and nobody waits for the rest.
    if (parts.size > MAX_PARTS) break;
  }
  return parts;
}

function partOf(value: string | File): Part {
  if (typeof value === "string") return { data: withLineEnds(value) };
  return { data: value, filename: value.name, type: value.type || "application/octet-stream" };
}

function withLineEnds(text: string): string {
  return text.replace(/\r\n|\r|\n/g, "\r\n");
}
