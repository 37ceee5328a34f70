import type { Body } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import type { Credentials } from "../transfer/credentials.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import type { Additions } from "../transfer/terms.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { spellForAws } from "./aws-canonical.ts";
import { sign } from "./aws-sigv4.ts";
import { chooseCredentials } from "./credentials.ts";
import type { CallerHeaders } from "./headers.ts";
import { type Hop, isAtFirst } from "./hop.ts";
import { unhashedBody } from "./signed-payload.ts";
import { parseScope, type SigningScope, scopeHeader } from "./signing-scope.ts";

/** How a request is signed. */
export interface Signing {
  readonly parameters: ByteString;
  readonly scope: SigningScope;
  readonly credentials: Credentials;
  /** The transfer's body, even if a redirect has dropped it. */
  readonly body: Body | null;
}

/**
 * How a request is signed; null if it is not.
 *
 * @throws TransferFailure if `aws_sigv4` is not complete
 */
export function signingOf(transfer: Transfer, caller: CallerHeaders, hop: Hop): Signing | null {
  const { awsSigv4: parameters } = transfer;
  if (parameters === null || caller.mentioned.has("authorization") || !isAtFirst(hop)) return null;
  const credentials = chooseCredentials(transfer, hop.login);
  if (credentials === null) return null;
  const scope = parseScope(parameters, hop.url.hostname);
  return { parameters, scope, credentials, body: transfer.body };
}

/** The path and query of a request to AWS; null for other services, which get those of the URL. */
export function signedTarget({ scope }: Signing, { url }: Hop): ByteString | null {
  return scope.isAws ? spellForAws(url.target, scope.isS3) : null;
}

/**
 * Adds the signature to `headers`. The first of these is Host.
 *
 * @param own The caller's headers, which are signed.
 * @param target What `signedTarget` gives, otherwise that of the URL.
 */
export function pushSignature(
  headers: ByteString[],
  own: readonly ByteString[],
  { parameters, credentials, body }: Signing,
  { hop, target, now }: { hop: Hop; target: ByteString; now: Date },
): void {
  const type = body?.kind === "file" && body.contentType !== null ? ["Content-Type", body.contentType] : [];
  const { hostname } = hop.url;
  const added = sign({
    parameters,
    credentials,
    method: hop.method,
    url: { hostname, target },
    headers: pairs([...headers.slice(0, 2), ...own, ...type]),
    body: hop.body ?? body,
    carriesBody: hop.body !== null,
    payloadHash: hop.payloadHash ?? null,
    now,
  });
  for (const [name, value] of added) headers.push(name, value);
}

/** Whose credentials a request has: those of its caller, or those of the rule that allows it. */
export interface Signatory {
  readonly transfer: Transfer;
  readonly caller: CallerHeaders;
  readonly hop: Hop;
}

const NOBODY = { username: null, password: null } as const;

/**
 * Credentials of a rule belong to the hop, whatever the first origin was. An Authorization of the caller is not sent
 * there, so it does not take their place.
 */
export function signatoryOf(asked: Signatory, additions: Additions | null): Signatory {
  const login = additions?.login ?? null;
  if (login === null) return asked;
  const { transfer, caller, hop } = asked;
  const mentioned = new Set(caller.mentioned);
  mentioned.delete("authorization");
  return {
    transfer: { ...transfer, ...login },
    caller: { ...caller, mentioned },
    hop: { ...hop, first: hop.url, login: NOBODY },
  };
}

/** The body that must be hashed before the request is made; null if there is none, or if it can be hashed at once. */
export function bodyToHash({ transfer, caller, hop }: Signatory): Body | null {
  if (transfer.awsSigv4 === null || hop.body === null || typeof hop.payloadHash === "string") return null;
  try {
    const signing = signingOf(transfer, caller, hop);
    if (signing === null) return null;
    const header = scopeHeader(signing.scope, "content-sha256");
    const isGiven = caller.sent.some(({ key }) => key === header);
    return isGiven ? null : unhashedBody(hop.body, signing.scope);
  } catch {
    // Making the request will fail too, and will say why.
    return null;
  }
}

function pairs(headers: readonly ByteString[]): NamedValue[] {
  const list: NamedValue[] = [];
  for (let i = 0; i + 1 < headers.length; i += 2) list.push([headers[i] ?? "", headers[i + 1] ?? ""]);
  return list;
}
