import type { OutgoingBody } from "./body.ts";

/** One request of a `fetch`. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body: OutgoingBody | null;
}

/** The headers as lines of the option `headers`, one byte for each character. */
export function linesOf({ headers, body }: Hop): Buffer[] {
  const lines = [...headers]
    .filter(([name, value]) => !(body?.isForm && name === "content-type" && value.includes("boundary=")))
    .map(([name, value]) => (value === "" ? `${name};` : `${name}: ${value}`));
  // Without this line, the post would have a type of its own.
  if (body !== null && !body.isForm && !headers.has("content-type")) lines.push("content-type:");
  if (body !== null && body.length >= 0 && !headers.has("content-length"))
    lines.push(`content-length: ${body.length}`);
  return lines.map((line) => Buffer.from(line, "latin1"));
}
