import type { Hop } from "../request/hop.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { isSendableMethod } from "../transfer/tokens.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { parseUrlOnce } from "../url/recent-urls.ts";

/**
 * The first request of a transfer.
 *
 * @throws TransferFailure for a URL or a method that cannot be used
 */
export function firstHop({ url: text, method, body }: Transfer): Hop {
  const url = parseUrlOnce(text);
  const verb = method ?? (body === null ? "GET" : "POST");
  if (!isSendableMethod(verb)) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
  return { url, first: url, login: url, method: verb, body };
}
