import { type Destination, isForward } from "../route/destination.ts";
import { proxyAuthorization } from "../route/proxy.ts";
import type { Body } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { basic } from "../transfer/credentials.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { isSameOrigin } from "../url/origin.ts";
import type { Url } from "../url/url.ts";
import { type NamedValue, sign } from "./aws-sigv4.ts";
import { chooseCredentials, SECRET_HEADERS } from "./credentials.ts";
import { checkHead } from "./head-size.ts";
import type { CallerHeaders, Header } from "./headers.ts";

/** One request of a transfer: the first, or the one that a redirect leads to. */
export interface Hop {
  readonly url: Url;
  /** The first URL of the transfer: whose credentials and secrets go to it and to no other. */
  readonly first: Url;
  /** The URL whose credentials count, see `chooseCredentials`. */
  readonly login: Pick<Url, "username" | "password">;
  readonly method: ByteString;
  /** null also where a redirect dropped it. */
  readonly body: Body | null;
}

/** What goes on the request line and below it, less what undici writes itself: Connection and the framing. */
export interface RequestHead {
  readonly method: ByteString;
  readonly target: ByteString;
  /** Name, value, name, value, … Host among them. */
  readonly headers: ByteString[];
}

/** Puts the head of a request together, in curl's order. @throws TransferFailure OUT_OF_MEMORY for one above 1 MiB */
export function buildHead(
  transfer: Transfer,
  caller: CallerHeaders,
  hop: Hop,
  destination: Destination,
): RequestHead {
  const { url } = hop;
  const sameOrigin = hop.first === url || isSameOrigin(hop.first, url);
  const headers: ByteString[] = ["Host", hostValue(caller, hop)];
  const own: ByteString[] = [];
  pushCallerHeaders(own, caller.sent, hop.body, sameOrigin);
  const isForwarded = isForward(destination);
  if (isForwarded) pushProxyAuthorization(headers, caller, destination);
  if (sameOrigin && !caller.mentioned.has("authorization")) pushAuthorization(headers, transfer, hop, own);
  if (!caller.mentioned.has("accept")) headers.push("Accept", "*/*");
  if (isForwarded && !caller.mentioned.has("proxy-connection"))
    headers.push("Proxy-Connection", "Keep-Alive");
  // One by one: as arguments of one call they would fill the stack.
  for (const text of own) headers.push(text);
  pushContentType(headers, transfer.body, caller, hop.body);
  const target = isForwarded ? `http://${url.host}${url.rawTarget}` : url.target;
  checkHead(hop.method, target, headers);
  return { method: hop.method, target, headers };
}

/** The caller's Host is for the host that was called: a redirect to another host has its own. */
function hostValue(caller: CallerHeaders, { url, first }: Hop): ByteString {
  return caller.host !== null && first.hostname === url.hostname ? caller.host : url.host;
}

function pushProxyAuthorization(headers: ByteString[], caller: CallerHeaders, { proxy }: Destination): void {
  if (proxy === null || caller.mentioned.has("proxy-authorization")) return;
  const authorization = proxyAuthorization(proxy);
  if (authorization !== null) headers.push("Proxy-Authorization", authorization);
}

/** `own` are the caller's headers, which a signature covers. */
function pushAuthorization(headers: ByteString[], transfer: Transfer, hop: Hop, own: ByteString[]): void {
  const credentials = chooseCredentials(transfer, hop.login);
  if (credentials === null) return;
  const { awsSigv4: parameters, body } = transfer;
  if (parameters === null) {
    headers.push("Authorization", basic(credentials));
    return;
  }
  const type = body?.kind === "file" && body.contentType !== null ? ["Content-Type", body.contentType] : [];
  const signed = pairs([...headers.slice(0, 2), ...own, ...type]);
  const { method, url } = hop;
  const carriesBody = hop.body !== null;
  const request = {
    parameters,
    credentials,
    method,
    url,
    headers: signed,
    body,
    carriesBody,
    now: new Date(),
  };
  for (const [name, value] of sign(request)) headers.push(name, value);
}

function pairs(headers: readonly ByteString[]): NamedValue[] {
  const list: NamedValue[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) list.push([headers[i] ?? "", headers[i + 1] ?? ""]);
  return list;
}

function pushCallerHeaders(
  headers: ByteString[],
  sent: readonly Header[],
  body: Body | null,
  sameOrigin: boolean,
): void {
  for (const { name, key, value } of sent) {
    if (!sameOrigin && SECRET_HEADERS.has(key)) continue;
    // The guest has made one header of the caller's type and the boundary.
    if (body?.kind === "multipart" && key === "content-type") continue;
    headers.push(name, value);
  }
}

/** The original adds the type of a File to the caller's headers, so that it outlives a redirect that drops the body. */
function pushContentType(
  headers: ByteString[],
  given: Body | null,
  caller: CallerHeaders,
  body: Body | null,
): void {
  const carrier = given?.kind === "file" ? given : body;
  if (carrier === null || carrier.contentType === null) return;
  if (carrier.kind === "string" && caller.mentioned.has("content-type")) return;
  headers.push("Content-Type", carrier.contentType);
}
