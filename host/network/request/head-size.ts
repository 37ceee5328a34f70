import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

// DYN_HTTP_REQUEST, less the NUL that curl adds.
export const LARGEST_HEAD = 1024 * 1024 - 1;
/** Each takes its time, here and at the server. No server that is known takes as many. */
export const MOST_HEADERS = 10_000;

const REQUEST_LINE = "  HTTP/1.1\r\n".length;
const HEADER_LINE = ": \r\n".length;
const EMPTY_LINE = 2;

/** Whether a caller's headers are few and short enough to be looked at. @throws TransferFailure OUT_OF_MEMORY, as in curl */
export function checkEntries(entries: readonly ByteString[]): void {
  if (entries.length > MOST_HEADERS) throw tooLarge();
  checkLeft(LARGEST_HEAD, entries);
}

/** Whether a head fits what curl sends at most. @throws TransferFailure OUT_OF_MEMORY */
export function checkHead(method: ByteString, target: ByteString, headers: readonly ByteString[]): void {
  const around = REQUEST_LINE + EMPTY_LINE + (headers.length / 2) * HEADER_LINE;
  checkLeft(LARGEST_HEAD - around - method.length - target.length, headers);
}

function checkLeft(most: number, texts: readonly ByteString[]): void {
  let left = most;
  for (const text of texts) left -= text.length;
  if (left < 0) throw tooLarge();
}

function tooLarge(): TransferFailure {
  return new TransferFailure("OUT_OF_MEMORY");
}
