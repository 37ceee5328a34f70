// multipart/form-data (RFC 7578), as browsers write it and as they read it.
import { type Bytes, concat, decode, decodeLatin1, encode, encodeLatin1 } from "../seam/bytes.ts";
import { host } from "../seam/host.ts";
import { bytesOf, FROM_SOURCE } from "./blob.ts";
import { File } from "./file.ts";
import { FormData } from "./form-data.ts";

const BOUNDARY_BYTES = 12;
const HEADERS_END = encode("\r\n\r\n");

export function makeBoundary(): string {
  const hex = [...new Uint8Array(host.random(BOUNDARY_BYTES))].map((byte) =>
    byte.toString(16).padStart(2, "0"),
  );
  return `----formdata-${hex.join("")}`;
}

export function withLineEnds(text: string): string {
  return text.replace(/\r\n|\r|\n/g, "\r\n");
}

export function writeMultipart(form: FormData, boundary: string): Bytes {
  const pieces: Bytes[] = [];
  for (const [name, value] of form) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escapeName(withLineEnds(name))}"`;
    if (typeof value === "string") pieces.push(encode(`${head}\r\n\r\n${withLineEnds(value)}\r\n`));
    else {
      const type = value.type || "application/octet-stream";
      pieces.push(encode(`${head}; filename="${escapeName(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`));
      pieces.push(bytesOf(value), encode("\r\n"));
    }
  }
  pieces.push(encode(`--${boundary}--\r\n`));
  return concat(pieces);
}

function escapeName(name: string): string {
  return name.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}

/** @throws TypeError if it is malformed */
export function readMultipart(bytes: Bytes, boundary: string): FormData {
  const form = new FormData();
  const delimiter = encodeLatin1(`--${boundary}`);
  let at = find(bytes, delimiter, 0);
  while (at !== -1) {
    at += delimiter.length;
    if (isAt(bytes, at, "--")) return form;
    if (!isAt(bytes, at, "\r\n")) break;
    const bodyAt = find(bytes, HEADERS_END, at);
    const end = bodyAt === -1 ? -1 : find(bytes, delimiter, bodyAt + 2);
    if (end === -1 || !isAt(bytes, end - 2, "\r\n")) break;
    const body = bytes.slice(bodyAt + HEADERS_END.length, Math.max(bodyAt + HEADERS_END.length, end - 2));
    addPart(form, decode(bytes.subarray(at + 2, bodyAt)), body);
    at = end;
  }
  throw new TypeError("the body is no form");
}

function addPart(form: FormData, head: string, body: Bytes): void {
  const headers = new Map<string, string>();
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  const disposition = headers.get("content-disposition") ?? "";
  const name = parameterOf(disposition, "name");
  if (!disposition.toLowerCase().startsWith("form-data;") || name === undefined)
    throw new TypeError("a part of the form has no name");
  const filename = parameterOf(disposition, "filename");
  if (filename === undefined) form.append(name, decode(body));
  else
    form.append(
      name,
      new File(body, filename, { type: headers.get("content-type") ?? "text/plain" }, FROM_SOURCE),
    );
}

function parameterOf(disposition: string, name: string): string | undefined {
  const start = disposition.indexOf(`; ${name}="`);
  if (start === -1) return undefined;
  const from = start + name.length + 4;
  const end = disposition.indexOf('"', from);
  if (end === -1) throw new TypeError("a name in the form has no end");
  return disposition
    .slice(from, end)
    .replaceAll(/%0A/gi, "\n")
    .replaceAll(/%0D/gi, "\r")
    .replaceAll("%22", '"');
}

/** The place of some bytes in others; -1 if they are not there. */
function find(bytes: Bytes, wanted: Bytes, from: number): number {
  const first = wanted[0] as number;
  for (let at = bytes.indexOf(first, from); at !== -1; at = bytes.indexOf(first, at + 1))
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at;
  return -1;
}

function isAt(bytes: Bytes, at: number, text: string): boolean {
  return decodeLatin1(bytes.subarray(at, at + text.length)) === text;
}
