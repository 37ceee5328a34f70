import { Link } from "../../collections/fifo.ts";
import type { Abortable, AbortWatch, CancelSignal } from "../../lifetime/abort-watch.ts";
import { Deadline, type DeadlineOwner, LONGEST_TIMER_MS } from "../../lifetime/deadline.ts";
import { openBody } from "../body/request-body.ts";
import type {
  ChosenConnection,
  CompleteResponse,
  ExchangeClient,
  ExchangeSource,
  PendingExchange,
  PreparedRequest,
} from "../pool/exchange-source.ts";
import { type CallerHeaders, isSendableMethod, NO_HEADERS, parseHeaders } from "../request/headers.ts";
import { buildHead, type Hop } from "../request/request.ts";
import type { Destination } from "../route/destination.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import { type Phase, toFailure } from "../transfer/failure-table.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { Policy } from "../transfer/policy.ts";
import type { Outcome, Transfer } from "../transfer/transfer.ts";
import { parseUrl, type Url } from "../url/url.ts";
import { asDenial, denialDelayMs, reportDenial } from "./denials.ts";
import { CHANNELS, describeUrl } from "./diagnostics.ts";
import { followRedirect, redirectLocation } from "./redirects.ts";

// CURLOPT_CONNECTTIMEOUT's default.
const DEFAULT_CONNECT_TIMEOUT_S = 300;
// What libcurl takes of one transfer, over all of its redirects (Curl_bump_headersize).
const MOST_HEAD_BYTES = 20 * 300 * 1024;

/** What a call needs of the thread that it runs on. */
export interface CallContext {
  readonly id: string;
  readonly exchanges: ExchangeSource;
  readonly aborts: AbortWatch;
  /** @throws TransferFailure for a proxy, a certificate or the like that cannot be used */
  destinationOf(url: Url, transfer: Transfer): Destination;
  /** Called once for each call. */
  onEnd(call: Call, outcome: Outcome): void;
}

let calls = 0;

/** One transfer from start to outcome: its requests, one after the other, and whatever may end it before. */
export class Call implements ExchangeClient, DeadlineOwner, Abortable {
  readonly maxFileSize: number;
  readonly inFlight = new Link<Call>(this);
  readonly #context: CallContext;
  readonly #transfer: Transfer;
  readonly #policy: Policy | null;
  readonly #resolve: (outcome: Outcome) => void;
  readonly #number = ++calls;
  #caller: CallerHeaders = NO_HEADERS;
  #hop: Hop | null = null;
  #followed = 0;
  #exchange: PendingExchange | null = null;
  #location: ByteString = "";
  /** Of all responses so far. */
  #headBytes = 0;
  #deadline: Deadline | null = null;
  #signal: CancelSignal | null = null;
  #isOver = false;
  /** A denial that is not told yet, see `denialDelayMs`. */
  #held: NodeJS.Timeout | undefined;
  /** For subscribers and policies: when it started, and when it asked for a connection. */
  #startedAt = 0;
  #askedAt = 0;

  /** @param resolve called once with the outcome, after `context.onEnd` */
  constructor(
    context: CallContext,
    transfer: Transfer,
    policy: Policy | null,
    resolve: (outcome: Outcome) => void,
  ) {
    this.#context = context;
    this.#transfer = transfer;
    this.#policy = policy;
    this.#resolve = resolve;
    this.maxFileSize = transfer.maxFileSize;
  }

  /** Goes as far as it can at once. May end before this returns. */
  start(signal: CancelSignal | undefined): void {
    const { method, timeout } = this.#transfer;
    if (this.#policy !== null || CHANNELS.start.hasSubscribers) this.#startedAt = performance.now();
    if (CHANNELS.start.hasSubscribers) CHANNELS.start.publish({ ...this.#about(), method });
    if (timeout > 0) this.#deadline = new Deadline(timeout * 1000, this);
    this.#watch(signal);
    if (signal?.aborted) this.onAbort();
    else this.#attempt(() => this.#go(this.#firstHop(), false));
  }

  /** Ends it now, whatever phase it is in: it waits for nothing any more, and its socket is gone. */
  fail(failure: TransferFailure): void {
    if (this.#isOver) return;
    const told = this.#hop === null ? failure : asDenial(failure, this.#policy, this.#hop.url);
    const outcome = { error: told.message, code: told.code };
    const delayMs = told.code === "DENIED" ? this.#reportDenial(told) : 0;
    if (delayMs === 0) this.#end(outcome);
    else this.#held = setTimeout(() => this.#end(outcome), delayMs);
  }

  /** The caller's signal aborts. */
  onAbort(): void {
    this.fail(new TransferFailure("ABORTED_BY_CALLBACK"));
  }

  onDeadline(): void {
    this.fail(new TransferFailure("OPERATION_TIMEDOUT"));
  }

  onAdmitted(): void {
    if (!CHANNELS.queued.hasSubscribers) return;
    CHANNELS.queued.publish({ ...this.#about(), waitedMs: performance.now() - this.#askedAt });
  }

  makeRequest({ destination, target, isUsed }: ChosenConnection): PreparedRequest {
    const hop = this.#hop as Hop;
    if (isUsed && target !== null) this.#policy?.checkAddress(hop.url, target);
    const head = buildHead(this.#transfer, this.#caller, hop, destination);
    return { head, body: hop.body === null ? null : openBody(hop.body, this.#caller) };
  }

  isRedirect(status: number, rawHeaders: readonly Buffer[]): boolean {
    if (this.#transfer.redirects === 0) return false;
    const location = redirectLocation(status, rawHeaders);
    this.#location = location ?? "";
    return location !== null;
  }

  onHead(bytes: number): boolean {
    this.#headBytes += bytes;
    return this.#headBytes <= MOST_HEAD_BYTES;
  }

  onContent(bytes: number): boolean {
    return this.#transfer.onContent?.(bytes) ?? true;
  }

  onResponse(response: CompleteResponse): void {
    this.#publishResponse(response.status);
    this.#attempt(() => {
      if (response.isRedirect) this.#follow(response.status);
      else this.#end({ status: response.status, content: response.takeContent() });
    });
  }

  onFailure(error: unknown, { phase, isStale }: { phase: Phase; isStale: boolean }): void {
    if (isStale && !(error instanceof TransferFailure)) this.#attempt(() => this.#repeat());
    else this.fail(toFailure(error, phase));
  }

  #watch(signal: CancelSignal | undefined): void {
    if (signal === undefined || signal.aborted) return;
    this.#signal = signal;
    this.#context.aborts.add(signal, this);
  }

  #firstHop(): Hop {
    const { url: text, method, headers, body } = this.#transfer;
    const url = parseUrl(text);
    const verb = method ?? (body === null ? "GET" : "POST");
    if (!isSendableMethod(verb)) throw new TransferFailure("BAD_FUNCTION_ARGUMENT");
    this.#caller = parseHeaders(headers);
    return { url, first: url, login: url, method: verb, body };
  }

  #go(hop: Hop, isFresh: boolean): void {
    this.#hop = hop;
    this.#policy?.checkUrl(hop.url);
    this.#policy?.checkOptions?.(this.#transfer);
    const connectTimeoutS = this.#transfer.connectTimeout || DEFAULT_CONNECT_TIMEOUT_S;
    const connectTimeoutMs = Math.min(connectTimeoutS * 1000, LONGEST_TIMER_MS);
    const destination = this.#context.destinationOf(hop.url, this.#transfer);
    if (CHANNELS.queued.hasSubscribers) this.#askedAt = performance.now();
    const needs = { destination, isFresh, connectTimeoutMs, policy: this.#policy };
    this.#exchange = this.#context.exchanges.prepare(this, needs);
    this.#exchange.start();
  }

  #follow(status: number): void {
    const response = { status, location: this.#location };
    const next = followRedirect(this.#transfer, this.#hop as Hop, response, this.#followed++);
    this.#go(next, false);
  }

  #repeat(): void {
    const hop = this.#hop as Hop;
    if (hop.body?.started && !hop.body.replayable) throw new TransferFailure("SEND_FAIL_REWIND");
    this.#go(hop, true);
  }

  /** Runs a step that may throw a TransferFailure; false if it did, and the call is over. */
  #attempt(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      this.fail(toFailure(error, "sending"));
      return false;
    }
  }

  #end(outcome: Outcome): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#held);
    this.#deadline?.cancel();
    if (this.#signal !== null) this.#context.aborts.forget(this.#signal, this);
    this.#exchange?.cancel();
    this.#transfer.body?.close();
    this.#publishEnd(outcome);
    this.#context.onEnd(this, outcome);
    this.#resolve(outcome);
  }

  /** Tells the operator at once, and gives the milliseconds until the caller is told. */
  #reportDenial(failure: TransferFailure): number {
    if (this.#hop === null) return 0;
    reportDenial(failure, { thread: this.#context.id, url: this.#hop.url, hop: this.#followed });
    return denialDelayMs(this.#policy, performance.now() - this.#startedAt);
  }

  #about(): { thread: string; call: number } {
    return { thread: this.#context.id, call: this.#number };
  }

  #publishResponse(status: number): void {
    if (!CHANNELS.response.hasSubscribers || this.#hop === null) return;
    CHANNELS.response.publish({ ...this.#about(), status, url: describeUrl(this.#hop.url) });
  }

  #publishEnd(outcome: Outcome): void {
    if (!CHANNELS.end.hasSubscribers) return;
    const how = "code" in outcome ? { code: outcome.code } : { status: outcome.status };
    const tookMs = this.#startedAt > 0 ? { tookMs: performance.now() - this.#startedAt } : {};
    CHANNELS.end.publish({ ...this.#about(), ...how, ...tookMs });
  }
}
