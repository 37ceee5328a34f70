import { createHash } from "node:crypto";
import type { Body } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { findHeader } from "../transfer/header-fields.ts";
import { trimBlanks } from "../transfer/trim.ts";
import type { NamedValue } from "./headers.ts";
import { type SigningScope, scopeHeader } from "./signing-scope.ts";

/** What is signed of a body. */
export interface SignedPayload {
  readonly hash: ByteString;
  /** The header that says so, for the services that want it. */
  readonly added: readonly NamedValue[];
}

/** A request's body, as far as a signature needs to know it. */
export interface PayloadToSign {
  headers: readonly NamedValue[];
  /** The transfer's body, though a redirect may have dropped it. */
  body: Pick<Body, "kind" | "bytes"> | null;
  /** Whether this request carries it. */
  carriesBody: boolean;
  /** What `unhashedBody` gave was read, and this is its hash. @default null */
  payloadHash?: string | null;
}

/** Instead of a hash: AWS takes it for S3, and for hardly anything else. */
const UNSIGNED = "UNSIGNED-PAYLOAD";
/** More is hashed a piece at a time, before the request is made. */
const MOST_AT_ONCE = 65_536;

export function describePayload(request: PayloadToSign, scope: SigningScope): SignedPayload {
  const given = findHeader(request.headers.flat(), scopeHeader(scope, "content-sha256"));
  if (given !== null) return { hash: trimBlanks(given), added: [] };
  const hash = scope.isAws ? awsHash(request, scope) : curlHash(request);
  const isTold = scope.isS3 || hash === UNSIGNED;
  return { hash, added: isTold ? [[`x-${scope.headerProvider}-content-sha256`, hash]] : [] };
}

/** The body whose hash a signature needs, and which is too long, or not there yet, to be hashed at once; null if none is. */
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

/** libcurl hashes nothing but a string, which it knows even after a redirect that dropped it. */
function curlHash({ body, payloadHash }: PayloadToSign): ByteString {
  if (body?.kind !== "string") return sha256("");
  return payloadHash ?? sha256(body.bytes ?? "");
}

export function sha256(data: ByteString | Uint8Array): string {
  const bytes = typeof data === "string" ? Buffer.from(data, "latin1") : data;
  return createHash("sha256").update(bytes).digest("hex");
}
