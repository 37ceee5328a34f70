import { type Clock, REAL_CLOCK } from "../../lifetime/clock.ts";
import { ACCEPTED } from "../decoding/codings.ts";
import { type Destination, isForward } from "../route/destination.ts";
import { proxyAuthorization } from "../route/proxy.ts";
import type { Body } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { basic } from "../transfer/credentials.ts";
import type { Additions } from "../transfer/terms.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { plainHost } from "../url/origin.ts";
import { chooseCredentials, SECRET_HEADERS } from "./credentials.ts";
import { checkHead } from "./head-size.ts";
import type { CallerHeaders, Header } from "./headers.ts";
import { type Hop, isAtFirst, ownHost } from "./hop.ts";
import { pushSignature, type Signatory, signatoryOf, signedTarget, signingOf } from "./signing.ts";
import { traceNames } from "./trace-headers.ts";

/** The request line and the headers, without those that undici writes itself: Connection and the framing. */
export interface RequestHead {
  readonly method: ByteString;
  readonly target: ByteString;
  /** Name, value, name, value, … This includes Host. */
  readonly headers: ByteString[];
  /** The names of those that the host has added, and that no intermediary may remember. @default none */
  readonly sensitive?: readonly ByteString[];
}

const NO_TRACE: readonly ByteString[] = [];
const ACCEPT: Header = { name: "Accept", key: "accept", value: "*/*" };
const ACCEPT_ENCODING: Header = { name: "Accept-Encoding", key: "accept-encoding", value: ACCEPTED };

/** Builds the head of a request, in curl's order. @throws TransferFailure OUT_OF_MEMORY if it is larger than 1 MiB */
export function buildHead(
  transfer: Transfer,
  caller: CallerHeaders,
  hop: Hop,
  destination: Destination,
  additions: Additions | null = null,
  clock: Pick<Clock, "date"> = REAL_CLOCK,
): RequestHead {
  const { url } = hop;
  const sameOrigin = isAtFirst(hop);
  const headers: ByteString[] = ["Host", hostValue(caller, hop, additions)];
  const own: ByteString[] = [];
  if (caller.sent.length > 0) pushCallerHeaders(own, caller.sent, hop, sameOrigin);
  pushAdditions(own, additions);
  const isForwarded = isForward(destination);
  // The caller's own stays behind where a redirect leads to another origin.
  const hasOwn = sameOrigin && caller.mentioned.has("proxy-authorization");
  if (isForwarded && !hasOwn) pushProxyAuthorization(headers, destination);
  const party = signatoryOf({ transfer, caller, hop }, additions);
  // A signature takes time for each byte, so what is too large is not signed.
  if (party.transfer.awsSigv4 !== null) checkHead(hop.method, url.target, own);
  const signing = signingOf(party.transfer, party.caller, party.hop);
  const signed = signing === null ? null : signedTarget(signing, hop);
  if (signing !== null) {
    pushSignature(headers, own, signing, { hop, target: signed ?? url.target, now: clock.date() });
  }
  if (signing === null && !hasHeader(additions, "authorization")) pushBasic(headers, party);
  pushUnless(headers, caller, additions, ACCEPT);
  if (transfer.codings !== undefined) pushUnless(headers, caller, additions, ACCEPT_ENCODING);
  if (isForwarded && !caller.mentioned.has("proxy-connection"))
    headers.push("Proxy-Connection", "Keep-Alive");
  // One by one, because as arguments of one call they could fill the stack.
  for (const text of own) headers.push(text);
  // A signature would not hold for them: gateways write them anew.
  for (const text of hop.trace ?? NO_TRACE) headers.push(text);
  pushContentType(headers, transfer.body, caller, hop.body);
  const asked = signed ?? (isForwarded ? url.rawTarget : url.target);
  const target = isForwarded ? `http://${url.host}${asked}` : asked;
  checkHead(hop.method, target, headers);
  if (additions === null) return { method: hop.method, target, headers };
  return { method: hop.method, target, headers, sensitive: namesOf(additions) };
}

function namesOf({ headers, login }: Additions): ByteString[] {
  const names = headers.map(([name]) => name);
  return login === null ? names : [...names, "Authorization"];
}

/** They stand behind the caller's, and are signed like them. */
function pushAdditions(own: ByteString[], additions: Additions | null): void {
  if (additions === null) return;
  for (const [name, value] of additions.headers) own.push(name, value);
}

function hasHeader(additions: Additions | null, key: string): boolean {
  return additions?.headers.some(([name]) => name.toLowerCase() === key) ?? false;
}

/** A header of ours, unless the caller or the host has one, or the caller removes it. */
function pushUnless(
  headers: ByteString[],
  caller: CallerHeaders,
  additions: Additions | null,
  { name, key, value }: Header,
): void {
  if (!caller.mentioned.has(key) && !hasHeader(additions, key)) headers.push(name, value);
}

/** A request with secrets names the host in one spelling: a gateway may take another one for another host. */
function hostValue(caller: CallerHeaders, hop: Hop, additions: Additions | null): ByteString {
  return additions === null ? (ownHost(caller, hop) ?? hop.url.host) : plainHost(hop.url);
}

function pushProxyAuthorization(headers: ByteString[], { proxy }: Destination): void {
  if (proxy === null) return;
  const authorization = proxyAuthorization(proxy);
  if (authorization !== null) headers.push("Proxy-Authorization", authorization);
}

/** Not to another origin than that of the credentials, and not beside an Authorization of the caller. */
function pushBasic(headers: ByteString[], { transfer, caller, hop }: Signatory): void {
  if (transfer.awsSigv4 !== null || caller.mentioned.has("authorization") || !isAtFirst(hop)) return;
  const credentials = chooseCredentials(transfer, hop.login);
  if (credentials !== null) headers.push("Authorization", basic(credentials));
}

function pushCallerHeaders(
  headers: ByteString[],
  sent: readonly Header[],
  hop: Hop,
  sameOrigin: boolean,
): void {
  const replaced = traceNames(hop);
  for (const { name, key, value } of sent) {
    if (replaced.has(key) || (!sameOrigin && SECRET_HEADERS.has(key))) continue;
    // The guest has combined the caller's type and the boundary in one header.
    if (hop.body?.kind === "multipart" && key === "content-type") continue;
    headers.push(name, value);
  }
}

/** The original adds the type of a File to the caller's headers. So it is sent even after a redirect drops the body. */
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
