import type { Hop } from "../request/hop.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { isSendableMethod } from "../transfer/tokens.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { parseUrlOnce } from "../url/recent-urls.ts";

/** Values of the option `http_version`. */
const HTTP_VERSIONS: ReadonlySet<string> = new Set(["1.1", "2"]);

/**
 * The first request of a transfer.
 *
 * @throws TransferFailure for a URL, a method or a version that cannot be used
 */
export function firstHop({ url: text, method, body, httpVersion }: Transfer): Hop {
  const url = parseUrlOnce(text);
  if (httpVersion != null && !HTTP_VERSIONS.has(httpVersion))
    throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
  const verb = method ?? (body === null ? "GET" : "POST");
  if (!isSendableMethod(verb)) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
  return { url, first: url, login: url, method: verb, body };
}
