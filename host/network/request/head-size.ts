import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { LARGEST_HEAD } from "../transfer/largest-head.ts";

const REQUEST_LINE = "  HTTP/1.1\r\n".length;
const HEADER_LINE = ": \r\n".length;
const EMPTY_LINE = 2;

/** Checks that a caller's headers are not too long to be read. @throws TransferFailure OUT_OF_MEMORY, as in curl */
export function checkEntries(entries: readonly ByteString[]): void {
  if (sizeOf(entries) > LARGEST_HEAD) throw tooLarge();
}

/** Checks that a head is not larger than curl's limit. @throws TransferFailure OUT_OF_MEMORY */
export function checkHead(method: ByteString, target: ByteString, headers: readonly ByteString[]): void {
  const around = REQUEST_LINE + EMPTY_LINE + (headers.length / 2) * HEADER_LINE;
  if (around + method.length + target.length + sizeOf(headers) > LARGEST_HEAD) throw tooLarge();
}

function sizeOf(texts: readonly ByteString[]): number {
  let size = 0;
  for (const text of texts) size += text.length;
  return size;
}

function tooLarge(): TransferFailure {
  return new TransferFailure("OUT_OF_MEMORY");
}
