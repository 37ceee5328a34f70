/** One request as it came, split into its parts. */
export interface RawRequest {
  method: string;
  target: string;
  /** How the sender framed the body. */
  framing: "none" | "length" | "chunked";
  /** Names and values, in order and in the sender's spelling. Values are trimmed. */
  headers: [string, string][];
  /** The body, after chunks are joined. */
  body: Buffer;
  /** All bytes of the request. */
  raw: Buffer;
}

const HEAD_END = "\r\n\r\n";

/** Reads the first request in `bytes`; null if it is not complete yet. */
export function takeRequest(bytes: Buffer): RawRequest | null {
  const headEnd = bytes.indexOf(HEAD_END);
  if (headEnd < 0) return null;
  const [requestLine = "", ...lines] = bytes.toString("latin1", 0, headEnd).split("\r\n");
  const [, method = "", target = ""] = /^(.*?) (.*) HTTP\/1\.1$/.exec(requestLine) ?? [];
  const headers = lines.map(parseLine);
  const bodyStart = headEnd + HEAD_END.length;
  const framed = takeBody(headers, bytes.subarray(bodyStart));
  if (framed === null) return null;
  const raw = Buffer.from(bytes.subarray(0, bodyStart + framed.taken));
  return { method, target, framing: framed.framing, headers, body: framed.body, raw };
}

/** The value of a header of a request; undefined if there is no such header. */
export function headerOf(request: RawRequest, name: string): string | undefined {
  return request.headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function parseLine(line: string): [string, string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon), line.slice(colon + 1).trim()];
}

type Framed = Pick<RawRequest, "framing" | "body"> & { taken: number };

function takeBody(headers: RawRequest["headers"], rest: Buffer): Framed | null {
  const value = (name: string) => headers.find(([key]) => key.toLowerCase() === name)?.[1];
  if (value("transfer-encoding")?.toLowerCase() === "chunked") return takeChunked(rest);
  const length = value("content-length");
  if (length === undefined) return { framing: "none", body: Buffer.alloc(0), taken: 0 };
  const taken = Number(length);
  if (rest.length < taken) return null;
  return { framing: "length", body: Buffer.from(rest.subarray(0, taken)), taken };
}

function takeChunked(rest: Buffer): Framed | null {
  const chunks: Buffer[] = [];
  for (let at = 0; ; ) {
    const lineEnd = rest.indexOf("\r\n", at);
    if (lineEnd < 0) return null;
    const size = Number.parseInt(rest.toString("latin1", at, lineEnd), 16);
    const next = lineEnd + 2 + size + 2;
    if (!(next <= rest.length)) return null;
    if (size === 0) return { framing: "chunked", body: Buffer.concat(chunks), taken: next };
    chunks.push(rest.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = next;
  }
}
