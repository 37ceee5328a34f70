import { Blob, FROM_SOURCE } from "../files/blob.ts";
import { FormData } from "../files/form-data.ts";
import { readMultipart } from "../files/multipart.ts";
import { type Bytes, decode } from "../seam/bytes.ts";
import type { ReadableStream } from "../streams/readable-stream.ts";
import { parseForm } from "../url/form-encoding.ts";
import type { Body } from "./body.ts";
import { essenceOf, parameterOf } from "./media-type.ts";

/** A request or a response, as its body sees it. */
export interface BodyOwner {
  readonly body: Body | null;
  /** Its Content-Type; empty if there is none. */
  readonly type: () => string;
}

/** What can be made of the bytes of a body. */
const READERS: Readonly<Record<string, (bytes: Bytes, type: () => string) => unknown>> = {
  arrayBuffer: ({ buffer }) => buffer,
  bytes: (bytes) => bytes,
  text: (bytes) => withoutMark(decode(bytes)),
  json: (bytes) => JSON.parse(withoutMark(decode(bytes))),
  blob: (bytes, type) => new Blob(bytes, { type: type() }, FROM_SOURCE),

  formData: (bytes, type) => readForm(bytes, type()),
};

/** Gives an interface the members that Fetch calls the mixin Body. */
export function addBody<T extends object>(
  type: { readonly prototype: T },
  ownerOf: (owner: T) => BodyOwner,
): void {
  for (const [name, read] of Object.entries(READERS)) {
    const method = {
      async [name](this: T): Promise<unknown> {
        const { body, type } = ownerOf(this);
        return read(body === null ? new Uint8Array(0) : await body.read(), type);
      },
    };
    Object.defineProperty(type.prototype, name, { value: method[name], writable: true, configurable: true });
  }
  const bodyIn = (owner: object): Body | null => ownerOf(owner as T).body;
  const members = {
    get body(): ReadableStream | null {
      return bodyIn(this)?.stream ?? null;
    },
    get bodyUsed(): boolean {
      return bodyIn(this)?.isUsed ?? false;
    },
  };
  Object.defineProperties(type.prototype, Object.getOwnPropertyDescriptors(members));
}

function readForm(bytes: Bytes, type: string): FormData {
  const essence = essenceOf(type);
  if (essence === "multipart/form-data") {
    const boundary = parameterOf(type, "boundary");
    if (boundary === undefined) throw new TypeError("the type of the form has no boundary");
    return readMultipart(bytes, boundary);
  }
  if (essence !== "application/x-www-form-urlencoded") throw new TypeError("the body is no form");
  const form = new FormData();
  for (const [name, value] of parseForm(decode(bytes))) form.append(name, value);
  return form;
}

function withoutMark(text: string): string {
  return text.startsWith("\ufeff") ? text.slice(1) : text;
}
