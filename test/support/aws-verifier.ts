import { createHash, createHmac, timingSafeEqual } from "node:crypto";

/** A request, as a service of AWS gets it. */
export interface ReceivedRequest {
  method: string;
  /** As on the request line. Each character is one byte. */
  target: string;
  headers: readonly (readonly [name: string, value: string])[];
  body: Buffer;
}

/** How a service reads what is ambiguous. A signature must be right for all readings. */
export interface Reading {
  /** Whether `+` in a path or a query is a blank, as in S3 and in many form decoders. */
  plusIsBlank: boolean;
  /** Whether escapes are converted to upper case; otherwise they stay as they came. */
  foldsEscapes: boolean;
  /** Whether keys of S3 are decoded first; otherwise they stay as they came. */
  decodesKeys: boolean;
}

export const READINGS: readonly Reading[] = [false, true].flatMap((plusIsBlank) =>
  [false, true].flatMap((foldsEscapes) =>
    [false, true].map((decodesKeys) => ({ plusIsBlank, foldsEscapes, decodesKeys })),
  ),
);

const DEFAULT_READING: Reading = { plusIsBlank: false, foldsEscapes: true, decodesKeys: true };
const UNSIGNED = "UNSIGNED-PAYLOAD";
/** Services whose paths are encoded only once and not normalized, and which accept a payload that is not signed. */
const LIKE_S3 = ["s3", "s3express", "s3-outposts", "s3-object-lambda"];

/**
 * Checks a signature by the documents of AWS ("Create a signed AWS API request", IAM User Guide; "Signature
 * Calculations for the Authorization Header", Amazon S3 API Reference). It uses only what came over the wire, and has
 * no code in common with the signer.
 *
 * @returns what is wrong; null if the signature is right
 */
export function refuse(
  request: ReceivedRequest,
  secret: string,
  reading: Reading = DEFAULT_READING,
): string | null {
  const signature = parseAuthorization(valuesOf(request, "authorization"));
  if (signature === null) return "no Authorization that can be read";
  const { scope, signedHeaders, hex } = signature;
  const [date = "", region = "", service = "", ...rest] = scope;
  if (rest.join("/") !== "aws4_request") return `the scope ends in ${rest.join("/")}`;
  const problem = checkHeaders(request, signedHeaders) ?? checkPayload(request, service);
  if (problem !== null) return problem;
  const time = valuesOf(request, "x-amz-date")[0] ?? valuesOf(request, "date")[0] ?? "";
  if (!/^\d{8}T\d{6}Z$/.test(time) || !time.startsWith(date)) return `the time ${time} is not of ${date}`;
  const canonical = canonicalRequest(request, { service, signedHeaders, reading });
  const text = `AWS4-HMAC-SHA256\n${time}\n${scope.join("/")}\n${hashOf(Buffer.from(canonical, "latin1"))}`;
  const key = [date, region, service, "aws4_request"].reduce(mac, Buffer.from(`AWS4${secret}`, "latin1"));
  const expected = mac(key, text);
  const given = Buffer.from(hex, "hex");
  const isEqual = given.length === expected.length && timingSafeEqual(given, expected);
  return isEqual ? null : `not the signature of ${JSON.stringify(canonical)}`;
}

/** The canonical request of the documents, for these signed headers. */
export function canonicalRequest(
  request: ReceivedRequest,
  how: { service: string; signedHeaders: readonly string[]; reading?: Reading },
): string {
  const { service, signedHeaders, reading = DEFAULT_READING } = how;
  const [path = "", ...query] = request.target.split("?");
  const lines = signedHeaders.map((name) => {
    const values = valuesOf(request, name).map((value) =>
      value
        .trim()
        .split(/[ \t]+/)
        .join(" "),
    );
    return `${name}:${values.join(",")}\n`;
  });
  const payload = valuesOf(request, "x-amz-content-sha256")[0] ?? hashOf(request.body);
  return [
    request.method,
    canonicalPath(path, service, reading),
    canonicalQuery(query.join("?"), reading),
    lines.join(""),
    signedHeaders.join(";"),
    payload,
  ].join("\n");
}

export function canonicalPath(path: string, service: string, reading: Reading = DEFAULT_READING): string {
  if (LIKE_S3.includes(service)) {
    const key = reading.plusIsBlank ? path.replaceAll("+", "%20") : path;
    return reading.decodesKeys ? decode(key).split("/").map(encode).join("/") : path;
  }
  const kept: string[] = [];
  const given = reading.foldsEscapes ? upperEscapes(path) : path;
  const segments = given.split("/");
  for (const segment of segments) {
    if (segment === "..") kept.pop();
    else if (segment !== "" && segment !== ".") kept.push(encode(segment));
  }
  const endsInSlash = ["", ".", ".."].includes(segments.at(-1) ?? "") && kept.length > 0;
  return `/${kept.join("/")}${endsInSlash ? "/" : ""}`;
}

function canonicalQuery(query: string, { plusIsBlank }: Reading): string {
  const pairs: [string, string][] = [];
  for (const part of query.split("&")) {
    if (part === "") continue;
    const [name = "", ...value] = (plusIsBlank ? part.replaceAll("+", " ") : part).split("=");
    pairs.push([encode(decode(name)), encode(decode(value.join("=")))]);
  }
  pairs.sort((one, other) => {
    const order = Buffer.compare(Buffer.from(one[0]), Buffer.from(other[0]));
    return order !== 0 ? order : Buffer.compare(Buffer.from(one[1]), Buffer.from(other[1]));
  });
  return pairs.map(([name, value]) => `${name}=${value}`).join("&");
}

/** AWS requires that these are signed: host, headers of AWS, and the content type if the caller gave it. */
function checkHeaders(request: ReceivedRequest, signedHeaders: readonly string[]): string | null {
  const sorted = [...signedHeaders].sort();
  if (sorted.join() !== signedHeaders.join() || new Set(sorted).size !== sorted.length)
    return `${signedHeaders.join(";")} is not sorted, or says a name twice`;
  for (const [name] of request.headers) {
    const key = name.toLowerCase();
    const isNeeded = key === "host" || key.startsWith("x-amz-");
    if (isNeeded && !signedHeaders.includes(key)) return `${key} is not signed`;
  }
  const missing = signedHeaders.find((name) => valuesOf(request, name).length === 0);
  return missing === undefined ? null : `${missing} is signed and did not come`;
}

function checkPayload(request: ReceivedRequest, service: string): string | null {
  const [said] = valuesOf(request, "x-amz-content-sha256");
  if (said === undefined) return service === "s3" ? "S3 wants x-amz-content-sha256" : null;
  if (said === UNSIGNED) return LIKE_S3.includes(service) ? null : `${service} takes no unsigned payload`;
  return said === hashOf(request.body) ? null : "x-amz-content-sha256 is not that of the content";
}

function parseAuthorization(
  values: readonly string[],
): { scope: string[]; signedHeaders: string[]; hex: string } | null {
  const pattern =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/(\S+), SignedHeaders=([^ ,]+), Signature=([0-9a-f]{64})$/;
  const match = pattern.exec(values[0] ?? "");
  if (match === null || values.length !== 1) return null;
  const [, scope = "", names = "", hex = ""] = match;
  return { scope: scope.split("/"), signedHeaders: names.split(";"), hex };
}

function valuesOf({ headers }: ReceivedRequest, name: string): string[] {
  return headers.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value);
}

/** UriEncode of the documents. */
function encode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text, "latin1")) {
    const character = String.fromCharCode(byte);
    encoded += /[A-Za-z0-9\-._~]/.test(character)
      ? character
      : `%${Buffer.of(byte).toString("hex").toUpperCase()}`;
  }
  return encoded;
}

function decode(text: string): string {
  return text.replace(/%([0-9a-fA-F]{2})/g, (_, hex) => Buffer.from(hex, "hex").toString("latin1"));
}

function upperEscapes(text: string): string {
  return text.replace(/%[0-9a-fA-F]{2}/g, (escaped) => escaped.toUpperCase());
}

function hashOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function mac(key: Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(Buffer.from(text, "latin1")).digest();
}
