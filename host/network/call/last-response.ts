import type { ByteString } from "../transfer/byte-string.ts";
import type { NamedValue } from "../transfer/header-fields.ts";
import { type KeptHead, readFields, readReason } from "../transfer/kept-head.ts";
import type { Received } from "../transfer/received.ts";
import { formatUrl, type Url } from "../url/url.ts";

/** The response with which a call ends. */
export class LastResponse implements Received {
  readonly #head: KeptHead;
  readonly #url: Url;

  constructor(head: KeptHead, url: Url) {
    this.#head = head;
    this.#url = url;
  }

  fields(): NamedValue[] {
    return readFields(this.#head);
  }

  reason(): ByteString {
    return readReason(this.#head);
  }

  url(): ByteString {
    return formatUrl(this.#url);
  }
}
