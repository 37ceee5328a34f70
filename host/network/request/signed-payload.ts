import { createHash } from "node:crypto";
import type { Body } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import { findHeader } from "../transfer/header-fields.ts";
import { trimBlanks } from "../transfer/trim.ts";
import { type SigningScope, scopeHeader } from "./signing-scope.ts";

/** The part of a signature that depends on the body. */
export interface SignedPayload {
  readonly hash: ByteString;
  /** The header with the hash, for services that need it. */
  readonly added: readonly NamedValue[];
}

/** What a signature must know about the body of a request. */
export interface PayloadToSign {
  headers: readonly NamedValue[];
  /** The transfer's body, even if a redirect has dropped it. */
  body: Pick<Body, "kind" | "bytes"> | null;
  /** Whether this request has the body. */
  carriesBody: boolean;
  /** The hash of the body that `unhashedBody` returned, if it was read. @default null */
  payloadHash?: string | null;
}

/** Used instead of a hash. AWS accepts it for S3, and for almost no other service. */
const UNSIGNED = "UNSIGNED-PAYLOAD";
/** A longer body is hashed piece by piece, before the request is made. */
const MOST_AT_ONCE = 65_536;

export function describePayload(request: PayloadToSign, scope: SigningScope): SignedPayload {
  const given = findHeader(request.headers.flat(), scopeHeader(scope, "content-sha256"));
  if (given !== null) return { hash: trimBlanks(given), added: [] };
  const hash = scope.isAws ? awsHash(request, scope) : curlHash(request);
  const isTold = scope.isS3 || hash === UNSIGNED;
  return { hash, added: isTold ? [[`x-${scope.headerProvider}-content-sha256`, hash]] : [] };
}

/**
 * The body, if a signature needs its hash and it cannot be hashed at once, because it is too long or not read yet;
 * otherwise null.
 */
export function unhashedBody(body: Body | null, scope: SigningScope): Body | null {
  if (body === null || (body.bytes !== null && body.bytes.byteLength <= MOST_AT_ONCE)) return null;
  const isHashed = body.kind === "string" || (scope.isAws && !scope.isS3);
  return isHashed ? body : null;
}

function awsHash({ body, carriesBody, payloadHash }: PayloadToSign, { isS3 }: SigningScope): ByteString {
  if (body === null || !carriesBody) return sha256("");
  if (isS3 && body.kind !== "string") return UNSIGNED;
  return payloadHash ?? (body.bytes === null ? UNSIGNED : sha256(body.bytes));
}

/** libcurl hashes only strings. It has the string even after a redirect has dropped the body. */
function curlHash({ body, payloadHash }: PayloadToSign): ByteString {
  if (body?.kind !== "string") return sha256("");
  return payloadHash ?? sha256(body.bytes ?? "");
}

export function sha256(data: ByteString | Uint8Array): string {
  const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
  return createHash("sha256").update(bytes).digest("hex");
}
