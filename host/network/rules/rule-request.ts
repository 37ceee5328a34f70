import type { RuleRequest } from "../../api/rules.ts";
import { SECRET_HEADERS } from "../request/credentials.ts";
import { ownHost } from "../request/hop.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import { formatShortOrigin } from "../url/origin.ts";
import type { AskedRequest } from "./exposure.ts";

/** Who asks for a request, and where in a transfer it is. */
export interface Circumstances {
  readonly asker: AskingRun | null;
  /** 0 is the URL of the call, 1 is the first redirect. */
  readonly hop: number;
}

/** A request as functions of the host see it: without credentials, and nobody can change it. */
export function describeRequest(
  { transfer, caller, hop: request }: AskedRequest,
  { asker, hop }: Circumstances,
): RuleRequest {
  const { url, method, body } = request;
  const host = ownHost(caller, request);
  const shown = caller.sent.filter(({ key }) => !SECRET_HEADERS.has(key));
  // A server may answer for the host that the caller names.
  const lines = host === null ? shown : [{ name: "Host", value: host }, ...shown];
  const headers = lines.map(({ name, value }) => `${name}: ${fromBytes(value)}`);
  return Object.freeze({
    method: fromBytes(method),
    url: formatShortOrigin(url) + fromBytes(url.target),
    headers: Object.freeze(headers),
    bytes: body === null ? 0 : body.length < 0 ? null : body.length,
    hop,
    thread: transfer.thread,
    run: asker?.number ?? null,
    tenant: asker?.tenant ?? null,
  });
}

function fromBytes(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}
