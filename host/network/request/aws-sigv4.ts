import { createHmac } from "node:crypto";
import type { ByteString } from "../transfer/byte-string.ts";
import type { Credentials } from "../transfer/credentials.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import { findHeader } from "../transfer/header-fields.ts";
import type { Url } from "../url/url.ts";
import { awsHeaders, awsPath, awsQuery, splitTarget } from "./aws-canonical.ts";
import { type CanonicalHeaders, canonicalHeaders } from "./canonical-headers.ts";
import { canonicalQuery } from "./canonical-query.ts";
import { describePayload, type PayloadToSign, sha256 } from "./signed-payload.ts";
import { parseScope, type SigningScope, scopeHeader } from "./signing-scope.ts";

/** A request that will be sent, and the service for which it is signed. */
export interface Signable extends PayloadToSign {
  /** The `aws_sigv4` option: `provider1[:provider2[:region[:service]]]`. */
  parameters: ByteString;
  /** From `chooseCredentials`. A request without credentials is not signed. */
  credentials: Credentials;
  method: ByteString;
  url: Pick<Url, "hostname" | "target">;
  /**
   * The Host header, then the caller's headers in their order, as they are sent. They include the Content-Type of a
   * File. Accept is not signed, and neither is the automatic Content-Type of another post.
   */
  headers: readonly NamedValue[];
  now: Date;
}

/**
 * Signs a request with AWS Signature Version 4. For the provider `aws`, it signs as AWS checks it; for other providers,
 * as libcurl 8.5 does. Not for a request that has an Authorization header already.
 *
 * @returns the headers to add, in curl's order: Authorization, the date if the caller gave none, the payload's hash if
 * the service needs it
 * @throws TransferFailure BAD_FUNCTION_ARGUMENT without a provider; URL_MALFORMAT without a service or region in the
 * parameters and the host, or with more than 63 parts in the query
 */
export function sign(request: Signable): NamedValue[] {
  const scope = parseScope(request.parameters, request.url.hostname);
  const payload = describePayload(request, scope);
  const date = chooseDate(request, scope);
  const form = canonicalForm(request, scope, [...request.headers, ...date.added, ...payload.added]);
  const canonicalRequest = [request.method, form.path, form.query, form.lines, form.names, payload.hash];
  const authorization = authorize(request.credentials, scope, {
    time: date.time,
    names: form.names,
    canonicalRequest: canonicalRequest.join("\n"),
  });
  return [["Authorization", authorization], ...date.added, ...payload.added];
}

interface CanonicalForm extends CanonicalHeaders {
  path: ByteString;
  query: ByteString;
}

function canonicalForm(
  { url }: Signable,
  { isAws, isS3 }: SigningScope,
  headers: readonly NamedValue[],
): CanonicalForm {
  const [path, query] = splitTarget(url.target);
  if (!isAws) return { path, query: canonicalQuery(query ?? ""), ...canonicalHeaders(headers) };
  return { path: awsPath(path, isS3), query: awsQuery(query ?? ""), ...awsHeaders(headers) };
}

// A signature can use only this form of the time. A Date header in another form does not count.
const BASIC_TIME = /^[ \t]*\d{8}T\d{6}Z/;

/** `time` is YYYYMMDDThhmmssZ. It comes from one of the caller's two headers, or it is now. */
function chooseDate(
  { headers, now }: Signable,
  scope: SigningScope,
): { time: ByteString; added: NamedValue[] } {
  const fields = headers.flat();
  const isUsable = (value: ByteString): boolean => !scope.isAws || BASIC_TIME.test(value);
  const given = findHeader(fields, scopeHeader(scope, "date")) ?? findHeader(fields, "date", isUsable);
  if (given !== null) return { time: given.replace(/^[ \t]+/, "").slice(0, 16), added: [] };
  const time = now.toISOString().replace(/[-:]|\.\d+/g, "");
  return { time, added: [[dateHeader(scope), time]] };
}

function dateHeader({ headerProvider }: SigningScope): ByteString {
  const name = headerProvider.toLowerCase();
  return `X-${name.charAt(0).toUpperCase()}${name.slice(1)}-Date`;
}

function authorize(
  { username, password }: Credentials,
  { provider, region, service }: SigningScope,
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

function hmac(key: Buffer, text: ByteString): Buffer {
  return createHmac("sha256", key).update(text, "latin1").digest();
}
