import type { Retry } from "../exchange/exchange.ts";
import type { Hop } from "../request/hop.ts";
import { canSendAgain } from "../transfer/body.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { RawFields } from "../transfer/header-fields.ts";
import type { Transfer } from "../transfer/transfer.ts";
import { MOST_HEAD_BYTES, MOST_RETRIES } from "./limits.ts";
import { followRedirect, redirectLocation } from "./redirects.ts";

/** The way of a call from hop to hop: the redirects that it has followed, and how often a hop was sent again. */
export class Course {
  /** How many redirects were followed. */
  followed = 0;
  /** Whether the server wants HTTP/1.1 for this call. */
  isHttp1Only = false;
  /** How often the current hop was sent again. */
  #retries = 0;
  #location: ByteString = "";
  /** Bytes of the heads of all responses so far. */
  #headBytes = 0;

  /** Whether a response is a redirect that is followed. Then `follow` leads there. */
  isRedirect(transfer: Transfer, status: number, fields: RawFields): boolean {
    if (transfer.redirects === 0) return false;
    const location = redirectLocation(status, fields);
    this.#location = location ?? "";
    return location !== null;
  }

  /** Counts a head. Returns false if this is too much. */
  countHead(bytes: number): boolean {
    this.#headBytes += bytes;
    return this.#headBytes <= MOST_HEAD_BYTES;
  }

  /** The hop to which the last redirect leads. @throws TransferFailure, see `followRedirect` */
  follow(transfer: Transfer, hop: Hop, status: number): Hop {
    const next = followRedirect(transfer, hop, { status, location: this.#location }, this.followed);
    this.followed++;
    this.#retries = 0;
    return next;
  }

  mayRetry(retry: Retry): boolean {
    return retry === "in turn" || this.#retries < MOST_RETRIES;
  }

  /** A hop is sent again. @throws TransferFailure SEND_FAIL_REWIND if its body cannot be sent again */
  retry({ body }: Hop, retry: Retry): void {
    if (body !== null && !canSendAgain(body)) throw new TransferFailure("SEND_FAIL_REWIND");
    if (retry !== "in turn") this.#retries++;
    if (retry === "http/1.1") this.isHttp1Only = true;
  }
}
