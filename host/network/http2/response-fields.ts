import { LONGEST_LINE, MOST_HEAD_BYTES } from "../response/head-limits.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { RawFields } from "../transfer/header-fields.ts";

const STATUS_LINE = "HTTP/2 200 \r\n".length;
const HEADER_LINE = ": \r\n".length;
const EMPTY_LINE = 2;

/** Counts the heads that come for one request, like libcurl: as lines of HTTP/1.1. */
export class HeadCount {
  /** Number of bytes so far. */
  bytes = 0;

  /**
   * Adds a head.
   *
   * @throws TransferFailure OUT_OF_MEMORY for a header of 100 KiB or more, RECV_ERROR for more than 300 KiB in all
   */
  add(fields: RawFields): void {
    this.bytes += STATUS_LINE + EMPTY_LINE;
    for (let at = 0; at < fields.length; at += 2) {
      const name = fields[at] ?? "";
      // The status line is counted already.
      if (name === ":status") continue;
      const line = name.length + (fields[at + 1]?.length ?? 0) + HEADER_LINE;
      if (line >= LONGEST_LINE) throw new TransferFailure("OUT_OF_MEMORY");
      this.bytes += line;
    }
    if (this.bytes > MOST_HEAD_BYTES) throw new TransferFailure("RECV_ERROR");
  }
}
