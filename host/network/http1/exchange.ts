import type { BodyStream } from "../body/request-body.ts";
import { UNFRAMED } from "../request/framing.ts";
import { type Phase, toFailure } from "../transfer/failure-table.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { findValue } from "../transfer/header-fields.ts";
import type { Connection } from "./connection.ts";
import { ContentBuffer } from "./content-buffer.ts";
import { sendRest } from "./rest.ts";
import type { UploadOwner } from "./upload.ts";

const SWITCHING_PROTOCOLS = 101;
/** From here on a response says that the rest of the body is not wanted: curl sends none of it any more. */
const UNWANTED = 300;

/** What one exchange is told, and whom it tells. */
export interface ExchangeOwner {
  /** Bytes of content; 0 is no limit. */
  readonly maxFileSize: number;
  /** Whether a response of this status with these headers is a redirect that is followed: its content is thrown away. */
  isRedirect(status: number, rawHeaders: readonly Buffer[]): boolean;
  /** A head came, of so many bytes with the interim ones before it. False if that was too many. */
  onHead(bytes: number): boolean;
  /** So many bytes of content came. False if that was too many. */
  onContent(bytes: number): boolean;
  /** The response is there, whole. Called in a tick of its own, once; never after a failure. */
  onResponse(exchange: Exchange): void;
  /** It will not come. Called once. */
  onFailure(exchange: Exchange, error: unknown): void;
}

/** One request and its response on one connection: undici's handler. Its methods never throw, and never pause. */
export class Exchange implements UploadOwner {
  readonly connection: Connection;
  phase: Phase = "sending";
  status = 0;
  /** See `ExchangeOwner.isRedirect`. */
  isRedirect = false;
  /** A redirect whose content is thrown away, be it all there or not: its length says when it ends. */
  #isLengthIgnored = false;
  readonly #owner: ExchangeOwner;
  readonly #stream: BodyStream | null;
  readonly #content = new ContentBuffer();
  #isOver = false;
  /** Whether the response is there, and the rest of the body is still to be sent. */
  #isAwaitingRest = false;

  constructor(owner: ExchangeOwner, connection: Connection, body: Uint8Array | BodyStream | null) {
    this.#owner = owner;
    this.connection = connection;
    this.#stream = body instanceof Uint8Array ? null : body;
  }

  /** Ends it without a word to its owner: the connection is gone, and nothing more of the body is read. */
  abandon(): void {
    this.#isOver = true;
    this.#stream?.cancel();
    this.connection.destroy();
  }

  /** The content of the response. Too much for one Buffer is OUT_OF_MEMORY. */
  takeContent(): Buffer {
    try {
      return this.#content.take();
    } catch (error) {
      throw new TransferFailure("OUT_OF_MEMORY", error);
    }
  }

  onConnect(): void {
    this.connection.begin();
  }

  onRequestSent(): void {
    if (this.#stream === null) this.onSent();
  }

  onSent(): void {
    if (this.phase === "sending") this.phase = "waiting";
  }

  onUnreadable(error: unknown): void {
    if (this.#isOver && !this.#isAwaitingRest) return;
    this.#isAwaitingRest = false;
    this.#fail(error);
  }

  onHeaders(status: number, rawHeaders: Buffer[]): boolean {
    if (this.#isOver) return true;
    this.status = this.connection.hiddenStatus || status;
    this.phase = "receiving";
    this.isRedirect = this.#owner.isRedirect(status, rawHeaders);
    this.#isLengthIgnored = this.isRedirect && findValue(rawHeaders, "content-length") !== null;
    const { maxFileSize } = this.#owner;
    const length = this.connection.isLengthTooLarge ? Number.POSITIVE_INFINITY : contentLength(rawHeaders);
    if (!this.#owner.onHead(this.connection.headBytes)) this.#fail(tooManyHeads());
    else if (maxFileSize > 0 && length > maxFileSize) this.#fail(tooLarge());
    else if (this.isRedirect && !hasLength(rawHeaders)) this.#skipContent();
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (this.#isOver) return true;
    // Its owner may have abandoned it by then.
    if (!this.#owner.onContent(chunk.length))
      this.#failUnlessOver(new TransferFailure("ABORTED_BY_CALLBACK"));
    if (this.#isOver || this.isRedirect) return true;
    const { maxFileSize } = this.#owner;
    if (maxFileSize > 0 && this.#content.length + chunk.length > maxFileSize) this.#fail(tooLarge());
    else this.#content.add(chunk);
    return true;
  }

  onComplete(): void {
    if (this.#isOver) return;
    const { error } = this.connection;
    // Undici takes a reset for the end of content that only the end of the connection ends.
    if (error !== null) this.#fail(error);
    else if (this.status === SWITCHING_PROTOCOLS && this.#content.length === 0) this.#fail(gotNothing());
    else this.#succeed();
  }

  onError(error: Error): void {
    if (this.#isOver) return;
    // What came first: a TLS alert, say, and then the end that undici tells of.
    const first = this.connection.error ?? error;
    const cause = this.phase !== "receiving" && isEnd(first) ? this.#endInHead(first) : first;
    const isEnough = this.#isLengthIgnored && toFailure(first, this.phase).code === "PARTIAL_FILE";
    if (cause === null || isEnough) this.#succeed();
    else this.#fail(cause);
  }

  /** What is wrong with a response whose head was cut off by the end of the connection; null where curl takes it. */
  #endInHead(error: Error): unknown {
    const head = this.connection.cutHead();
    // The end came because of what could not be written.
    if (head === null) return this.connection.writeError ?? error;
    if (!this.#owner.onHead(this.connection.headBytes)) return tooManyHeads();
    this.status = head.status;
    const location = head.location === null ? [] : ["location", head.location];
    const rawHeaders = location.map((text) => Buffer.from(text, "latin1"));
    this.isRedirect = this.#owner.isRedirect(head.status, rawHeaders);
    const isMissed = head.isChunked || (head.hasContent && !this.isRedirect);
    return isMissed ? new TransferFailure("PARTIAL_FILE") : null;
  }

  /** Content that ends only with the connection is not waited for: curl closes and follows at once. */
  #skipContent(): void {
    this.#succeed();
    this.connection.destroy();
  }

  #succeed(): void {
    this.#isOver = true;
    // Undici decides after this call whether the connection can be used again.
    process.nextTick(settle, this);
  }

  /** A connection with something unsent is never used again: what would come next would be taken for a part of it. */
  settle(): void {
    this.#isAwaitingRest = true;
    const respond = (): void => {
      if (this.#isAwaitingRest) this.#respond();
    };
    if (this.connection.isSending) sendRest(this.connection, this.status < UNWANTED, respond);
    else respond();
  }

  #respond(): void {
    this.#isAwaitingRest = false;
    this.#stream?.cancel();
    const isSpent = this.connection.writeError !== null || this.#stream?.length === UNFRAMED;
    if (isSpent) this.connection.destroy();
    this.#owner.onResponse(this);
  }

  #failUnlessOver(error: unknown): void {
    if (!this.#isOver) this.#fail(error);
  }

  #fail(error: unknown): void {
    this.#isOver = true;
    this.#stream?.cancel();
    this.connection.destroy();
    this.#owner.onFailure(this, error);
  }
}

function settle(exchange: Exchange): void {
  exchange.settle();
}

/** Whether the peer has closed its side in good order. */
function isEnd(error: Error): boolean {
  return "code" in error && error.code === "UND_ERR_SOCKET";
}

/** Curl counts no head of an informational response. */
function gotNothing(): TransferFailure {
  return new TransferFailure("GOT_NOTHING");
}

function tooManyHeads(): TransferFailure {
  return new TransferFailure("RECV_ERROR");
}

function tooLarge(): TransferFailure {
  return new TransferFailure("FILESIZE_EXCEEDED");
}

function contentLength(rawHeaders: readonly Buffer[]): number {
  const value = findValue(rawHeaders, "content-length");
  return value === null ? -1 : Number(value);
}

function hasLength(rawHeaders: readonly Buffer[]): boolean {
  return (
    findValue(rawHeaders, "content-length") !== null || findValue(rawHeaders, "transfer-encoding") !== null
  );
}
