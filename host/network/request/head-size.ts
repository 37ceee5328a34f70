import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";

// DYN_HTTP_REQUEST, minus the NUL that curl adds.
export const LARGEST_HEAD = 1024 * 1024 - 1;
/** Maximum number of headers. Each needs time, here and at the server. No known server accepts so many. */
export const MOST_HEADERS = 10_000;

const REQUEST_LINE = "  HTTP/1.1\r\n".length;
const HEADER_LINE = ": \r\n".length;
const EMPTY_LINE = 2;

/**
 * Checks that a caller's headers are not too many and not too long. @throws TransferFailure OUT_OF_MEMORY, as in curl
 */
export function checkEntries(entries: readonly ByteString[]): void {
  if (entries.length > MOST_HEADERS) throw tooLarge();
  checkLeft(LARGEST_HEAD, entries);
}

/** Checks that a head is not larger than curl's limit. @throws TransferFailure OUT_OF_MEMORY */
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
