/** One part of a multipart body. */
export interface TestPart {
  /** null if it has none. */
  readonly name: string | null;
  readonly filename: string | null;
  /** Its Content-Type; null if it has none. */
  readonly type: string | null;
  /** Its Content-Transfer-Encoding; null if it has none. */
  readonly encoding: string | null;
  /** The content, decoded from base64 and quoted-printable. */
  readonly content: Buffer;
  /** The content as UTF-8. */
  readonly text: string;
}

/** `--`, a boundary and a line end, and a few more (RFC 2046 §5.1.1). */
const LONGEST_DELIMITER = 80;
const HEAD_END = "\r\n\r\n";

/**
 * The boundary of a multipart body; null if its type names none. A type may name several, because the plugin adds one
 * to that of the caller: then it is the one with which the body begins.
 */
export function boundaryOf(contentType: string, body: Buffer | string): string | null {
  if (!contentType.trimStart().toLowerCase().startsWith("multipart/")) return null;
  const start = typeof body === "string" ? body : body.toString("latin1", 0, LONGEST_DELIMITER);
  const found = [...contentType.matchAll(/;[ \t]*boundary=(?:"([^"]*)"|([^;\s]+))/gi)];
  const names = found.map(([, quoted, plain]) => quoted ?? plain ?? "");
  return names.find((name) => start.startsWith(`--${name}\r\n`)) ?? names[0] ?? null;
}

/** The parts of a multipart body, in order; null if it is none, or has no end. */
export function parseParts(contentType: string, body: Buffer): TestPart[] | null {
  const boundary = boundaryOf(contentType, body);
  if (boundary === null) return null;
  const delimiter = Buffer.from(`--${boundary}`, "latin1");
  const parts: TestPart[] = [];
  for (let at = body.indexOf(delimiter); at !== -1; ) {
    const start = at + delimiter.length;
    if (body.toString("latin1", start, start + 2) === "--") return parts;
    const next = body.indexOf(`\r\n--${boundary}`, start, "latin1");
    if (next === -1) return null;
    parts.push(parsePart(body.subarray(start + 2, next)));
    at = next + 2;
  }
  return null;
}

function parsePart(bytes: Buffer): TestPart {
  // A part without headers begins with the empty line.
  const isBare = bytes.toString("latin1", 0, 2) === "\r\n";
  const end = isBare ? 0 : bytes.indexOf(HEAD_END);
  const head = end <= 0 ? "" : bytes.toString("utf8", 0, end);
  const raw = bytes.subarray(isBare ? 2 : end === -1 ? 0 : end + HEAD_END.length);
  const headers = new Map(head.split("\r\n").map(readLine));
  const disposition = headers.get("content-disposition") ?? "";
  const encoding = headers.get("content-transfer-encoding") ?? null;
  const content = decode(raw, encoding);
  return {
    name: parameter(disposition, "name"),
    filename: parameter(disposition, "filename"),
    type: headers.get("content-type") ?? null,
    encoding,
    content,
    get text() {
      return content.toString();
    },
  };
}

function readLine(line: string): [name: string, value: string] {
  const colon = line.indexOf(":");
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
}

/** A parameter in quotes, in which browsers and curl escape what would end it. */
function parameter(disposition: string, name: string): string | null {
  const start = disposition.indexOf(`; ${name}="`);
  if (start === -1) return null;
  const from = start + name.length + 4;
  const end = disposition.indexOf('"', from);
  const text = disposition.slice(from, end === -1 ? undefined : end);
  return text.replaceAll("%22", '"').replaceAll("%0D", "\r").replaceAll("%0A", "\n");
}

function decode(raw: Buffer, encoding: string | null): Buffer {
  if (encoding === "base64") return Buffer.from(raw.toString("latin1"), "base64");
  if (encoding !== "quoted-printable") return raw;
  const text = raw.toString("latin1").replaceAll("=\r\n", "");
  return Buffer.from(
    text.replace(/=([0-9A-F]{2})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16))),
    "latin1",
  );
}
