import { ContentBuffer } from "../../collections/content-buffer.ts";
import type { CompleteResponse, ExchangeOwner, Protocol, ResponseOwner } from "../exchange/exchange.ts";
import type { ContentFlow, ContentSink } from "../transfer/content-flow.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { findValue, type RawFields } from "../transfer/header-fields.ts";
import { type KeptHead, readLength } from "../transfer/kept-head.ts";

/**
 * From this status on, the server does not want the rest of the body. Like libcurl, we do not send it
 * (Curl_http_readwrite_headers; CURLOPT_KEEP_SENDING_ON_ERROR would change it there).
 */
export const UNWANTED = 300;

/** Content of this many bytes is worth a look at what its head announces. */
const MUCH = 64 * 1024;

/** The head of a response, whichever version of HTTP it came over. */
export interface ReceivedHead {
  readonly status: number;
  readonly fields: RawFields;
  /** The head as the server sent it. @default `fields` */
  readonly kept?: KeptHead;
  /** Number of bytes that it would have in HTTP/1.1, with the interim heads before it. */
  readonly bytes: number;
  /** The announced number of bytes of content; -1 if it is not known. It counts only if the content is limited. */
  readonly length: number;
}

/** Reads the response of one exchange: it checks the limits of its owner, and keeps the content. */
export abstract class Receiver<O extends ResponseOwner = ExchangeOwner>
  implements CompleteResponse, ContentFlow
{
  status = 0;
  isRedirect = false;
  head: KeptHead = [];
  abstract get protocol(): Protocol;
  protected readonly owner: O;
  /** Whether nothing more is read. */
  protected isOver = false;
  readonly #content = new ContentBuffer();
  /** Who takes the content; null if it is kept here. */
  #sink: ContentSink | null = null;
  /** Number of bytes of content so far, without that of redirects. */
  #length = 0;
  #isPaused = false;

  constructor(owner: O) {
    this.owner = owner;
  }

  /** The content of the response. Throws OUT_OF_MEMORY if it does not fit into one Buffer. */
  takeContent(): Buffer {
    try {
      return this.#content.take();
    } catch (error) {
      throw new TransferFailure("OUT_OF_MEMORY", error);
    }
  }

  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    if (!this.isOver) this.setPaused(false);
  }

  /** Whether the content may not have any length. */
  protected get isLimited(): boolean {
    return this.owner.maxFileSize > 0;
  }

  /** Number of bytes of content so far. */
  protected get contentLength(): number {
    return this.#length;
  }

  /** Stops or goes on reading from the connection. */
  protected abstract setPaused(isPaused: boolean): void;

  /** Ends the exchange, which has a failure. */
  protected abstract fail(error: unknown): void;

  protected receiveHead({ status, fields, kept = fields, bytes, length }: ReceivedHead): void {
    this.status = status;
    this.head = kept;
    this.isRedirect = this.owner.isRedirect(status, fields);
    const { maxFileSize } = this.owner;
    if (!this.owner.onHead(bytes)) this.fail(tooManyHeads());
    else if (maxFileSize > 0 && length > maxFileSize) this.fail(tooLarge());
    else if (!this.isRedirect) this.#sink = this.owner.onStart(this, this);
  }

  protected receiveContent(piece: Buffer): void {
    if (this.isOver) return;
    // The owner may have abandoned the exchange in `onContent`.
    if (!this.owner.onContent(piece.length)) this.#failUnlessOver(new TransferFailure("ABORTED_BY_CALLBACK"));
    if (this.isOver || this.isRedirect) return;
    const { maxFileSize } = this.owner;
    if (maxFileSize > 0 && this.#length + piece.length > maxFileSize) this.fail(tooLarge());
    else this.#take(piece);
  }

  #take(piece: Buffer): void {
    const before = this.#length;
    this.#length += piece.length;
    if (this.#sink === null) {
      if (before < MUCH && this.#length >= MUCH) this.#content.expect(readLength(this.head));
      this.#content.add(piece);
    } else if (!this.#sink.write(piece)) this.#pause();
  }

  #pause(): void {
    if (this.#isPaused || this.isOver) return;
    this.#isPaused = true;
    this.setPaused(true);
  }

  #failUnlessOver(error: unknown): void {
    if (!this.isOver) this.fail(error);
  }
}

/** The announced length of the content; -1 if there is none. */
export function lengthOf(fields: RawFields): number {
  const value = findValue(fields, "content-length");
  return value === null ? -1 : Number(value);
}

export function tooManyHeads(): TransferFailure {
  return new TransferFailure("RECV_ERROR");
}

function tooLarge(): TransferFailure {
  return new TransferFailure("FILESIZE_EXCEEDED");
}
