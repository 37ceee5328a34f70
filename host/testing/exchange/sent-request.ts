import { CHUNKED, UNFRAMED } from "../../network/request/framing.ts";
import type { RequestHead } from "../../network/request/request.ts";
import type { Destination } from "../../network/route/destination.ts";
import type { ByteString } from "../../network/transfer/byte-string.ts";
import { formatShortOrigin } from "../../network/url/origin.ts";

/** How a body is framed: none, CHUNKED, UNFRAMED, or its length. */
type Framing = number | null;

/** To these, undici announces the length of a body that is not there. */
const EXPECT_A_BODY: ReadonlySet<string> = new Set([
  "PUT",
  "POST",
  "PATCH",
  "QUERY",
  "PROPFIND",
  "PROPPATCH",
]);

/** A request, as it would be sent on a connection. */
export class SentRequest {
  readonly thread: string;
  /** The number of the run that asks; null for the application. */
  readonly run: number | null;
  readonly destination: Destination;
  readonly head: RequestHead;
  readonly pieces: readonly Buffer[];
  readonly framing: Framing;

  constructor(parts: Pick<SentRequest, "thread" | "run" | "destination" | "head" | "pieces" | "framing">) {
    this.thread = parts.thread;
    this.run = parts.run;
    this.destination = parts.destination;
    this.head = parts.head;
    this.pieces = parts.pieces;
    this.framing = parts.framing;
  }

  get method(): ByteString {
    return this.head.method;
  }

  /** The URL, without credentials and fragment. */
  get url(): ByteString {
    const { target } = this.head;
    // To a forward proxy it is sent in the absolute form.
    const path = target.startsWith("/") ? target : target.slice(target.indexOf("/", "http://".length));
    return formatShortOrigin(this.destination) + path;
  }

  get body(): Buffer {
    const [only] = this.pieces;
    return only !== undefined && this.pieces.length === 1 ? only : Buffer.concat(this.pieces);
  }

  /** The bytes that a connection of HTTP/1.1 would carry, with these headers. */
  raw(headers: readonly ByteString[] = this.head.headers): Buffer {
    const { method, target } = this.head;
    // Host comes first, and undici writes it in lower case.
    const lines = [`${method} ${target} HTTP/1.1`, `host: ${headers[1]}`];
    lines.push(`connection: ${this.framing === UNFRAMED ? "close" : "keep-alive"}`);
    for (let at = 2; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
    if (this.framing === CHUNKED) lines.push("transfer-encoding: chunked");
    else if (this.framing !== null && this.framing !== UNFRAMED)
      lines.push(`content-length: ${this.framing}`);
    else if (this.framing === null && EXPECT_A_BODY.has(method)) lines.push("content-length: 0");
    const head = Buffer.from(`${lines.join("\r\n")}\r\n\r\n`, "latin1");
    return Buffer.concat([head, ...(this.framing === CHUNKED ? chunked(this.pieces) : this.pieces)]);
  }
}

function chunked(pieces: readonly Buffer[]): Buffer[] {
  const chunks = pieces.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from("\r\n"),
  ]);
  return [...chunks, Buffer.from("0\r\n\r\n")];
}
