import { constants, type IncomingHttpHeaders } from "node:http2";
import { BodyStream } from "../body/request-body.ts";
import type {
  ExchangeOwner,
  PreparedRequest,
  Retry,
  Exchange as SomeExchange,
} from "../exchange/exchange.ts";
import { lengthOf, Receiver, UNWANTED } from "../response/receiver.ts";
import type { Phase } from "../transfer/failure-table.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { RawFields } from "../transfer/header-fields.ts";
import { endingOf } from "./endings.ts";
import { MUTE_MS } from "./limits.ts";
import { type RequestFields, requestFields } from "./request-fields.ts";
import { HeadCount } from "./response-fields.ts";
import { readContent, release, type ServedStream, type StreamOwner, serve } from "./served-stream.ts";
import type { Session } from "./session.ts";
import { SessionError } from "./session-error.ts";
import { Upload, type UploadOwner } from "./upload.ts";

/** RFC 9110 §9.2.2: if such a request is processed twice, this is as if it was processed once. */
const IDEMPOTENT: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"]);

/** One request and its response on one stream of a session. */
export class Exchange extends Receiver implements SomeExchange, StreamOwner, UploadOwner {
  phase: Phase = "sending";
  retry: Retry | null = null;
  readonly #session: Session;
  readonly #heads = new HeadCount();
  #stream: ServedStream | null = null;
  #upload: Upload | null = null;
  #error: Error | null = null;
  #method = "";
  /** Whether the head of the response has come. */
  #hasHead = false;
  /** The announced length of the content; -1 if there is none. */
  #length = -1;
  /** Number of bytes of content that came. */
  #came = 0;
  /** Whether other requests were sent on the session before. */
  #isReused = false;
  /** What the session had received when this request was sent. */
  #receivedBefore = 0;
  #sentAt = 0;
  /** Whether the response is complete, but the rest of the body is still being sent. */
  #isAwaitingRest = false;

  constructor(owner: ExchangeOwner, session: Session) {
    super(owner);
    this.#session = session;
  }

  get protocol(): "h2" {
    return "h2";
  }

  send({ head, body }: PreparedRequest): void {
    this.#method = head.method;
    this.#isReused = this.#session.begun > 0;
    this.#receivedBefore = this.#session.received;
    this.#sentAt = performance.now();
    const stream = this.#begin(requestFields(head, body?.length ?? -1), body === null);
    if (stream === null) return;
    this.#stream = stream;
    serve(stream, this);
    if (body instanceof BodyStream) {
      this.#session.countUpload(1);
      this.#upload = new Upload(stream, body, this, () => this.#session.countUpload(-1));
      return;
    }
    if (body !== null) stream.end(body);
    this.onSent();
  }

  /** The stream is reset. The other streams of the session do not notice. */
  cancel(): void {
    this.isOver = true;
    this.#drop();
  }

  onSent(): void {
    if (this.phase === "sending") this.phase = "waiting";
    this.#respondAfterRest();
  }

  onUnreadable(error: unknown): void {
    this.fail(error);
  }

  protected setPaused(isPaused: boolean): void {
    if (this.#stream !== null) this.#session.setPaused(this.#stream, isPaused);
  }

  protected fail(error: unknown): void {
    this.isOver = true;
    this.#drop();
    this.owner.onFailure(this, error);
  }

  /** Null if it has failed, because Node cannot send this. */
  #begin(fields: RequestFields, isAll: boolean): ServedStream | null {
    try {
      return this.#session.begin(fields, isAll);
    } catch (error) {
      const isUnsendable = (error as { code?: unknown }).code === "ERR_HTTP2_HEADER_SINGLE_VALUE";
      this.retry = isUnsendable ? "http/1.1" : "elsewhere";
      this.fail(new SessionError(isUnsendable ? "ERR_HTTP2_HTTP_1_1_REQUIRED" : "ERR_HTTP2_REFUSED"));
      return null;
    }
  }

  onInterim(fields: RawFields): void {
    if (!this.isOver && !this.#hasHead) this.#count(fields);
  }

  onHead(headers: IncomingHttpHeaders, flags: number, fields: RawFields): void {
    if (this.isOver || this.#hasHead || !this.#count(fields)) return;
    this.#hasHead = true;
    this.phase = "receiving";
    const length = lengthOf(fields);
    const status = Number(headers[":status"]);
    const isBodyless = this.#method === "HEAD" || status === 204 || status === 304;
    this.#length = isBodyless ? -1 : length;
    this.receiveHead({ status, fields, bytes: this.#heads.bytes, length: this.#length });
    if (this.isOver) return;
    // As over HTTP/1.1. libcurl waits until the server says that there was nothing.
    if (isBodyless && (flags & constants.NGHTTP2_FLAG_END_STREAM) === 0) this.#complete();
    else if (this.#stream !== null) readContent(this.#stream);
  }

  #count(fields: RawFields): boolean {
    const before = this.#heads.bytes;
    try {
      this.#heads.add(fields);
      this.#session.hear(this.#heads.bytes - before);
      return true;
    } catch (failure) {
      this.fail(failure);
      return false;
    }
  }

  onData(piece: Buffer): void {
    this.#session.hear(piece.length);
    this.#came += piece.length;
    this.receiveContent(piece);
  }

  onEnd(): void {
    const stream = this.#stream;
    if (stream === null || !this.#hasHead || this.isOver) return;
    // Node also ends what was reset, or what a lost connection has cut off. The event "close" says so. But a server may
    // close the connection right behind the last frame, so "close" can come when that, too, is known.
    const isWhole = !stream.closed || stream.rstCode === constants.NGHTTP2_NO_ERROR;
    if (isWhole && this.#error === null && !this.#session.isGone) this.#complete();
  }

  onError(error: Error): void {
    this.#error ??= error;
  }

  onClose(): void {
    this.#upload?.stop();
    if (this.#isAwaitingRest) this.#respondAfterRest();
    if (this.isOver) return;
    const { isGone, lastProcessed } = this.#session;
    const ending = endingOf({
      id: this.#stream?.id,
      code: this.#stream?.rstCode ?? 0,
      error: this.#error,
      hasHead: this.#hasHead,
      isGone,
      lastProcessed,
      isStale: this.#isStale,
    });
    if (ending === "complete") {
      this.#complete();
      return;
    }
    this.retry = ending.retry;
    // As in libcurl: it is not used any more.
    if (ending.retry !== null) this.#session.retire();
    this.fail(ending.error);
  }

  /** As in Curl_retry_request. But a peer that has sent something since may have processed the request. */
  get #isStale(): boolean {
    return this.#isReused && (this.#isUnheard || IDEMPOTENT.has(this.#method));
  }

  /** Whether the session seems to be dead. */
  get #isMute(): boolean {
    return this.#isUnheard && performance.now() - this.#sentAt > MUTE_MS;
  }

  /** Whether nothing has come on the session since the request was sent. */
  get #isUnheard(): boolean {
    return this.#session.received === this.#receivedBefore;
  }

  #complete(): void {
    const isShort = this.#came < this.#length && !this.isRedirect;
    if (isShort) {
      this.fail(new TransferFailure("PARTIAL_FILE"));
      return;
    }
    this.isOver = true;
    this.#isAwaitingRest = true;
    const isSending = this.#upload?.isOver === false;
    if (!isSending || this.status >= UNWANTED) this.#respondAfterRest();
  }

  #respondAfterRest(): void {
    if (!this.#isAwaitingRest) return;
    this.#drop();
    this.owner.onResponse(this);
  }

  /** The session learns that this stream is over. What is still going on is stopped. */
  #drop(): void {
    const stream = this.#stream;
    if (stream === null) return;
    this.#stream = null;
    this.#isAwaitingRest = false;
    release(stream);
    this.#session.forget(stream);
    const isAborted = !stream.closed && !(stream.readableEnded && stream.writableEnded);
    this.#upload?.stop();
    if (isAborted) stream.close(constants.NGHTTP2_CANCEL);
    // Nobody else should wait for a peer that may be gone.
    if (isAborted && this.#isMute) this.#session.retire();
    this.#session.end(isAborted);
  }
}
