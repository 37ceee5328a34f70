import { Blob, sourceOf } from "../files/blob.ts";
import { FormData } from "../files/form-data.ts";
import { Content } from "../guest/content.ts";
import { copyOf, encode } from "../seam/bytes.ts";
import { ReadableStream } from "../streams/readable-stream.ts";
import { URLSearchParams } from "../url/url-search-params.ts";
import { toText } from "../values/idl.ts";
import { Body, type BodySource, bodyOfStream, Form } from "./body.ts";

/** The body that a value means, and its Content-Type; empty if it has none. */
export function bodyOf(init: unknown): { readonly body: Body; readonly type: string } {
  if (init instanceof ReadableStream) return { body: bodyOfStream(init), type: "" };
  const isNoIterable = init instanceof Content || typeof init !== "object" || init === null;
  if (!isNoIterable && Symbol.asyncIterator in init)
    return { body: new Body(ReadableStream.from(init)), type: "" };
  const { source, type } = sourceWithType(init);
  return { body: new Body(source), type };
}

function sourceWithType(init: unknown): { readonly source: BodySource; readonly type: string } {
  if (init instanceof Blob) return { source: sourceOf(init), type: init.type };
  if (init instanceof URLSearchParams)
    return { source: encode(init.toString()), type: "application/x-www-form-urlencoded;charset=UTF-8" };
  if (init instanceof FormData) {
    const form = new Form(init);
    return { source: form, type: `multipart/form-data; boundary=${form.boundary}` };
  }
  if (init instanceof Content) return { source: init, type: "" };
  const bytes = copyOf(init);
  if (bytes !== undefined) return { source: bytes, type: "" };
  return { source: encode(toText(init)), type: "text/plain;charset=UTF-8" };
}
