import type { BodyStream } from "../body/request-body.ts";
import type {
  ExchangeOwner,
  PreparedRequest,
  Retry,
  Exchange as SomeExchange,
} from "../exchange/exchange.ts";
import { UNFRAMED } from "../request/framing.ts";
import { lengthOf, Receiver, tooManyHeads, UNWANTED } from "../response/receiver.ts";
import { type Phase, toFailure } from "../transfer/failure-table.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { findValue } from "../transfer/header-fields.ts";
import type { Connection } from "./connection.ts";
import { sendRest } from "./rest.ts";
import type { UploadOwner } from "./upload.ts";

const SWITCHING_PROTOCOLS = 101;
/** The length of a content that may have any. To find the header costs more than all else that is done with a head. */
const UNASKED = -1;

/** One request and its response on one connection. It is undici's handler: its methods never throw and never pause. */
export class Exchange extends Receiver implements SomeExchange, UploadOwner {
  readonly connection: Connection;
  phase: Phase = "sending";
  /** A redirect with a length. Its content is thrown away, so it does not matter whether all of it comes. */
  #isLengthIgnored = false;
  #stream: BodyStream | null = null;
  /** Whether the response is complete, but the rest of the body is still being sent. */
  #isAwaitingRest = false;

  constructor(owner: ExchangeOwner, connection: Connection) {
    super(owner);
    this.connection = connection;
  }

  get protocol(): "http/1.1" {
    return "http/1.1";
  }

  /** As in Curl_retry_request: a used connection that breaks without an answer was stale. */
  get retry(): Retry | null {
    return this.connection.isReused && !this.connection.isAnswered ? "fresh" : null;
  }

  send({ head, body }: PreparedRequest): void {
    this.#stream = body instanceof Uint8Array ? null : body;
    this.connection.send(head, body, this);
  }

  /** The connection is destroyed: nothing else can stop what is being sent or received. */
  cancel(): void {
    this.isOver = true;
    this.#stream?.cancel();
    this.connection.destroy();
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
    if (this.isOver && !this.#isAwaitingRest) return;
    this.#isAwaitingRest = false;
    this.fail(error);
  }

  onHeaders(status: number, fields: Buffer[]): boolean {
    if (this.isOver) return true;
    const { headBytes: bytes, hiddenStatus } = this.connection;
    this.phase = "receiving";
    const length = this.isLimited ? this.#announcedLength(fields) : UNASKED;
    const kept = this.connection.takeHead();
    this.receiveHead({ status: hiddenStatus || status, fields, kept, bytes, length });
    this.#isLengthIgnored = this.isRedirect && findValue(fields, "content-length") !== null;
    if (!this.isOver && this.isRedirect && !hasLength(fields)) this.#skipContent();
    return true;
  }

  #announcedLength(fields: readonly Buffer[]): number {
    return this.connection.isLengthTooLarge ? Number.POSITIVE_INFINITY : lengthOf(fields);
  }

  onData(chunk: Buffer): boolean {
    this.receiveContent(chunk);
    return true;
  }

  onComplete(): void {
    if (this.isOver) return;
    const { error } = this.connection;
    // If the content ends with the connection, undici accepts a reset as the end of the content.
    if (error !== null) this.fail(error);
    else if (this.status === SWITCHING_PROTOCOLS && this.contentLength === 0) this.fail(gotNothing());
    else this.#succeed();
  }

  onError(error: Error): void {
    if (this.isOver) return;
    // The first error is the right one: for example a TLS alert, after which undici reports only the end.
    const first = this.connection.error ?? error;
    const cause = this.phase !== "receiving" && isEnd(first) ? this.#endInHead(first) : first;
    const isEnough = this.#isLengthIgnored && toFailure(first, this.phase).code === "PARTIAL_FILE";
    const isComplete = isEnd(first) && this.connection.lacksLf;
    if (cause === null || isEnough || isComplete) this.#succeed();
    else this.fail(cause);
  }

  /** The error if the connection ended within the head of a response; null if curl accepts such a response. */
  #endInHead(error: Error): unknown {
    const head = this.connection.cutHead();
    // If a write failed before, this is the reason of the end.
    if (head === null) return this.connection.writeError ?? error;
    if (!this.owner.onHead(this.connection.headBytes)) return tooManyHeads();
    this.status = head.status;
    this.head = this.connection.takeHead();
    const location = head.location === null ? [] : ["location", head.location];
    const rawHeaders = location.map((text) => Buffer.from(text, "latin1"));
    this.isRedirect = this.owner.isRedirect(head.status, rawHeaders);
    const isMissed = head.isChunked || (head.hasContent && !this.isRedirect);
    return isMissed ? new TransferFailure("PARTIAL_FILE") : null;
  }

  /**
   * Does not wait for content that ends only with the connection. Like curl, it closes and follows the redirect at
   * once.
   */
  #skipContent(): void {
    this.#succeed();
    this.connection.destroy();
  }

  #succeed(): void {
    this.isOver = true;
    this.connection.free();
    // undici decides after this call whether the connection can be used again.
    process.nextTick(settle, this);
  }

  /**
   * Sends the rest of the request first, if there is one. A connection must not be used again before: the peer would
   * read the next request as a part of the body.
   */
  settle(): void {
    if (this.connection.isSending) this.#sendRest();
    else this.#respond();
  }

  #sendRest(): void {
    this.#isAwaitingRest = true;
    sendRest(this.connection, this.status < UNWANTED, () => {
      if (this.#isAwaitingRest) this.#respond();
    });
  }

  #respond(): void {
    this.#isAwaitingRest = false;
    this.#stream?.cancel();
    const { writeError, isSpoilt } = this.connection;
    const isSpent = writeError !== null || isSpoilt || this.#stream?.length === UNFRAMED;
    if (isSpent) this.connection.destroy();
    this.connection.forgetUpload();
    this.owner.onResponse(this);
  }

  protected setPaused(isPaused: boolean): void {
    this.connection.setPaused(isPaused);
  }

  protected fail(error: unknown): void {
    this.isOver = true;
    this.#stream?.cancel();
    this.connection.destroy();
    this.owner.onFailure(this, error);
  }
}

function settle(exchange: Exchange): void {
  exchange.settle();
}

/** Whether the peer has closed its side normally. */
function isEnd(error: Error): boolean {
  return "code" in error && error.code === "UND_ERR_SOCKET";
}

/** To curl, the head of an informational response is no answer. */
function gotNothing(): TransferFailure {
  return new TransferFailure("GOT_NOTHING");
}

function hasLength(fields: readonly Buffer[]): boolean {
  return findValue(fields, "content-length") !== null || findValue(fields, "transfer-encoding") !== null;
}
