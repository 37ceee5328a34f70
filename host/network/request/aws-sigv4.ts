import { createHash, createHmac } from "node:crypto";
import type { Body } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import type { Credentials } from "../transfer/credentials.ts";
import { TransferFailure } from "../transfer/failures.ts";

import { findHeader, trimSpaces } from "../transfer/header-fields.ts";
import type { Url } from "../url/url.ts";
import { canonicalHeaders } from "./canonical-headers.ts";
import { canonicalQuery } from "./canonical-query.ts";

/** A header, name and value. */
export type NamedValue = readonly [name: ByteString, value: ByteString];

/** A request that is about to be sent, and whom it is signed for. */
export interface Signable {
  /** The `aws_sigv4` option: `provider1[:provider2[:region[:service]]]`. */
  parameters: ByteString;
  /** As `chooseCredentials` gives them; a request without any is not signed. */
  credentials: Credentials;
  method: ByteString;
  url: Pick<Url, "hostname" | "target">;
  /**
   * The Host header, then the caller's in their order, as they are sent; a File's Content-Type is one of them. Neither
   * Accept nor the automatic Content-Type of another post is signed.
   */
  headers: readonly NamedValue[];
  /** The transfer's body, though a redirect may have dropped it. */
  body: Pick<Body, "kind" | "bytes"> | null;
  /** Whether this request carries it. */
  carriesBody: boolean;
  now: Date;
}

/**
 * Signs a request with AWS Signature Version 4, as libcurl 8.5 does. Not for one that has an Authorization header already.
 *
 * @returns the headers to add, in curl's order: Authorization, the date unless the caller gave one, for S3 the payload's hash
 * @throws TransferFailure BAD_FUNCTION_ARGUMENT without a provider; URL_MALFORMAT without a service or region in the
 * parameters and the host, or with more than 63 parts in the query
 */
export function sign(request: Signable): NamedValue[] {
  const scope = parseParameters(request);
  const payload = describePayload(request, scope);
  const date = chooseDate(request, scope);
  const signed = canonicalHeaders([...request.headers, ...date.added, ...payload.added]);
  const [path = "", query] = splitTarget(request.url.target);
  const canonical = [request.method, path, canonicalQuery(query), signed.lines, signed.names, payload.hash];
  const authorization = authorize(request.credentials, scope, {
    time: date.time,
    names: signed.names,
    canonicalRequest: canonical.join("\n"),
  });
  return [["Authorization", authorization], ...date.added, ...payload.added];
}

interface Scope {
  provider: ByteString;
  /** Names the headers; in the caller's spelling. */
  headerProvider: ByteString;
  region: ByteString;
  service: ByteString;
}

// As curl's sscanf reads it: what does not fit ends the reading.
const PARAMETERS = /^([^:]{1,64})(?::([^:]{1,64})(?::([^:]{1,64})(?::\s*(\S{1,64}))?)?)?/;
const MAX_LABEL_LENGTH = 64;

function parseParameters({ parameters, url }: Signable): Scope {
  const [, provider, headerProvider, region, service] = PARAMETERS.exec(parameters) ?? [];
  if (provider === undefined) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
  return {
    provider,
    headerProvider: headerProvider ?? provider,
    region: region ?? (service === undefined ? hostLabel(url.hostname, 1) : ""),
    service: service ?? hostLabel(url.hostname, 0),
  };
}

/** `service.region.provider.tld`: a label that another follows. */
function hostLabel(hostname: string, index: number): string {
  const labels = hostname.split(".");
  const label = labels[index] ?? "";
  if (labels.length < index + 2 || label.length > MAX_LABEL_LENGTH)
    throw new TransferFailure("URL_MALFORMAT");
  return label;
}

interface Added {
  added: NamedValue[];
}

const S3_UNSIGNED = "UNSIGNED-PAYLOAD";

function describePayload(request: Signable, scope: Scope): Added & { hash: string } {
  const name = `x-${scope.headerProvider}-content-sha256`;
  const given = findHeader(request.headers.flat(), name.toLowerCase());
  if (given !== null) return { hash: trimSpaces(given), added: [] };
  const { body, carriesBody } = request;
  const isS3 = scope.provider.toLowerCase() === "aws" && scope.service.toLowerCase() === "s3";
  // Only a string is hashed; other services than S3 get the hash of nothing for the rest, and refuse it.
  const isUnknown = carriesBody && body !== null && body.kind !== "string";
  const hash = isS3 && isUnknown ? S3_UNSIGNED : sha256(body?.kind === "string" ? (body.bytes ?? "") : "");
  return { hash, added: isS3 ? [[name, hash]] : [] };
}

/** `time` is YYYYMMDDThhmmssZ: the caller's, from either header, or now. */
function chooseDate({ headers, now }: Signable, { headerProvider }: Scope): Added & { time: ByteString } {
  const lowerCase = headerProvider.toLowerCase();
  const name = `X-${lowerCase.charAt(0).toUpperCase()}${lowerCase.slice(1)}-Date`;
  const fields = headers.flat();
  const given = findHeader(fields, `x-${lowerCase}-date`) ?? findHeader(fields, "date");
  if (given !== null) return { time: given.replace(/^[ \t]+/, "").slice(0, 16), added: [] };
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  return { time, added: [[name, time]] };
}

function authorize(
  { username, password }: Credentials,
  { provider, region, service }: Scope,
  { time, names, canonicalRequest }: { time: ByteString; names: ByteString; canonicalRequest: ByteString },
): ByteString {
  const algorithm = `${provider.toUpperCase()}4-HMAC-SHA256`;
  const requestType = `${provider.toLowerCase()}4_request`;
  const steps = [time.slice(0, 8), region, service, requestType];
  const scope = steps.join("/");
  const text = [algorithm, time, scope, sha256(canonicalRequest)].join("\n");
  const secret = Buffer.from(`${provider.toUpperCase()}4${password}`, "latin1");
  const signature = [...steps, text].reduce(hmac, secret).toString("hex");
  return `${algorithm} Credential=${username}/${scope}, SignedHeaders=${names}, Signature=${signature}`;
}

function splitTarget(target: ByteString): [path: ByteString, query: ByteString] {
  const at = target.indexOf("?");
  return at === -1 ? [target, ""] : [target.slice(0, at), target.slice(at + 1)];
}

function sha256(data: ByteString | Uint8Array): string {
  const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
  return createHash("sha256").update(bytes).digest("hex");
}

function hmac(key: Buffer, text: ByteString): Buffer {
  return createHmac("sha256", key).update(text, "latin1").digest();
}
