import { Link } from "../../collections/fifo.ts";
import { ABORTS, type Abortable, type CancelSignal, isAborted } from "../../lifetime/abort-watch.ts";
import type { Clock, Timer } from "../../lifetime/clock.ts";
import { Deadline, type DeadlineOwner } from "../../lifetime/deadline.ts";
import { PayloadHash } from "../body/payload-hash.ts";
import { openBody } from "../body/request-body.ts";
import type { CompleteResponse, PreparedRequest, Retry, StartedResponse } from "../exchange/exchange.ts";
import type {
  ChosenConnection,
  ExchangeClient,
  ExchangeSource,
  PendingExchange,
} from "../pool/exchange-source.ts";
import { framingOf } from "../request/framing.ts";
import { type CallerHeaders, NO_HEADERS, parseHeaders } from "../request/headers.ts";
import { type Hop, lineOf } from "../request/hop.ts";
import { buildHead } from "../request/request.ts";
import { bodyToHash, signatoryOf } from "../request/signing.ts";
import { withoutTrace } from "../request/trace-headers.ts";
import type { Destination } from "../route/destination.ts";
import { type Body, closeBody } from "../transfer/body.ts";
import type { ContentFlow, ContentSink } from "../transfer/content-flow.ts";
import { type Phase, toFailure } from "../transfer/failure-table.ts";
import { failedOutcome, TransferFailure } from "../transfer/failures.ts";
import type { RawFields } from "../transfer/header-fields.ts";
import type { PerformOptions } from "../transfer/perform-options.ts";
import type { Permit, Policy } from "../transfer/policy.ts";
import type { Received } from "../transfer/received.ts";
import type { Terms } from "../transfer/terms.ts";
import type { Outcome, Transfer, TransferOwner } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";
import { checkConnection } from "./admission.ts";
import { CallEvents } from "./call-events.ts";
import { outcomeOf } from "./causes.ts";
import { Course } from "./course.ts";
import { asDenial, denialDelayMs } from "./denials.ts";
import { firstHop } from "./first-hop.ts";
import { HopTerms, type TermsOwner } from "./hop-terms.ts";
import { LastResponse } from "./last-response.ts";
import { callLimitMs, connectLimitMs } from "./limits.ts";
import { ProgressMeter } from "./progress.ts";
import { Reception } from "./reception.ts";

/** What a call needs from its thread. */
export interface CallContext {
  readonly id: string;
  readonly exchanges: ExchangeSource;
  readonly clock: Clock;
  /** @throws TransferFailure if, for example, a proxy or a certificate cannot be used */
  destinationOf(url: Url, transfer: Transfer, isHttp1Only: boolean): Destination;
  /** Called once for each call, before the `onEnd` of its owner. */
  onEnd(call: Call, outcome: Outcome): void;
}

/** What a call is asked to do. */
export interface CallOrder {
  readonly transfer: Transfer;
  readonly policy: Policy | null;
  readonly owner: TransferOwner;
}

const NO_TERMS: readonly Terms[] = [];

/** One transfer, from its start to its outcome: its requests, one after the other, and everything that can end it. */
export class Call implements ExchangeClient, DeadlineOwner, Abortable, TermsOwner {
  readonly inFlight = new Link<Call>(this);
  readonly #context: CallContext;
  readonly #transfer: Transfer;
  readonly #policy: Policy | null;
  readonly #owner: TransferOwner;
  readonly #events: CallEvents;
  #caller: CallerHeaders = NO_HEADERS;
  #hop: Hop | null = null;
  /** What the policy has allowed the hop; null allows everything. */
  #permit: Permit | null = null;
  /** null until a hop has terms. */
  #terms: HopTerms | null = null;
  readonly #course = new Course();
  #tenancy: string | null = null;
  #hashing: PayloadHash | null = null;
  #exchange: PendingExchange | null = null;
  /** What becomes of the content; null if it is simply kept. */
  readonly #reception: Reception | null;
  readonly #progress: ProgressMeter | null;
  #deadline: Deadline | null = null;
  #signal: CancelSignal | null = null;
  #isOver = false;
  #isDenied = false;
  /** The timer of a denial that the caller does not know yet, see `denialDelayMs`. */
  #held: Timer | undefined;
  /** The host's address, if the current connection knows it. */
  #address: string | null = null;
  /** The time at which the call went on after an answer; null before that. */
  #wentOnAt: number | null = null;

  constructor(context: CallContext, order: CallOrder) {
    this.#context = context;
    this.#events = new CallEvents(context.id, context.clock);
    this.#transfer = order.transfer;
    this.#policy = order.policy;
    this.#owner = order.owner;
    this.#reception = Reception.isNeeded(order) ? this.#newReception() : null;
    const { onProgress } = order.transfer;
    this.#progress =
      onProgress === undefined
        ? null
        : new ProgressMeter(onProgress, context.clock, this.inContext.bind(this));
  }

  /** Content that is decoded is counted then. */
  get maxFileSize(): number {
    const { codings, maxFileSize } = this.#transfer;
    return codings === undefined ? maxFileSize : 0;
  }

  /** Runs as far as it can without waiting. The call may end before this returns. */
  start(options: PerformOptions): void {
    const { signal, asker = null, tenancy = null } = options;
    const limitMs = callLimitMs(this.#transfer, options);
    if (limitMs > 0) this.#deadline = new Deadline(limitMs, this, this.#context.clock);
    this.#watch(signal);
    this.#events.asker = asker;
    this.#tenancy = tenancy;
    this.#events.start(this.#transfer.method);
    if (this.#isOver) return;
    if (signal !== undefined && isAborted(signal)) this.onAbort();
    else this.#begin();
  }

  /** Ends the call at once, in any phase. It waits for nothing any more, and its socket is gone. */
  fail(failure: TransferFailure): void {
    if (this.#isOver) return;
    const told = this.#hop === null ? failure : asDenial(failure, this.#permit, this.#hop.url);
    if (told.code === "DENIED" && this.#hop !== null) this.#deny(told, this.#hop);
    else this.#end(this.#failedWith(told));
  }

  /** The caller's signal has aborted. */
  onAbort(): void {
    this.fail(new TransferFailure("ABORTED_BY_CALLBACK"));
  }

  onDeadline(): void {
    this.fail(new TransferFailure("OPERATION_TIMEDOUT"));
  }

  inContext(step: () => void): void {
    this.#events.scope.runInAsyncScope(step);
  }

  onAdmitted(): void {
    this.#events.queued(this.#wentOnAt ?? this.#events.startedAt);
  }

  makeRequest(connection: ChosenConnection): PreparedRequest {
    const { destination, target } = connection;
    const hop = this.#hop as Hop;
    this.#address = target;
    // Who opened the connection may have been allowed more.
    if (target !== null) this.#permit?.checkAddress(hop.url, target);
    const additions = this.#terms?.additions ?? null;
    checkConnection(additions, destination, target);
    const head = buildHead(this.#transfer, this.#caller, hop, destination, additions, this.#context.clock);
    if (hop.body === null) this.#progress?.begin(0);
    this.#events.hopSent(connection, head);
    if (this.#isOver) throw new TransferFailure("ABORTED_BY_CALLBACK");
    if (hop.body === null) return { head, body: null };
    const body = this.#terms?.counted(hop.body) ?? hop.body;
    const framing = framingOf(body, this.#caller, this.#transfer, destination);
    return { head, body: openBody(this.#progress?.follow(body, framing) ?? body, framing) };
  }

  isRedirect(status: number, fields: RawFields): boolean {
    return this.#course.isRedirect(this.#transfer, status, fields);
  }

  onHead(bytes: number): boolean {
    return this.#course.countHead(bytes);
  }

  onStart(response: StartedResponse, flow: ContentFlow): ContentSink | null {
    if (this.#hop === null) return null;
    this.#progress?.onHead(response, this.#hop.method);
    return this.#reception?.start(response, flow, this.#hop) ?? null;
  }

  onContent(bytes: number): boolean {
    this.#progress?.onReceived(bytes);
    return (this.#transfer.onContent?.(bytes) ?? true) && (this.#terms?.count(bytes) ?? true);
  }

  pauseTime(): void {
    this.#deadline?.pause();
  }

  resumeTime(): void {
    if (!this.#isOver) this.#deadline?.resume();
  }

  onResponse(response: CompleteResponse): void {
    const { status } = response;
    if (this.#hop !== null) this.#events.response(response, this.#hop.url);
    if (this.#isOver) return;
    if (response.isRedirect) this.#goOn(() => this.#follow(status));
    else this.#succeed(response);
  }

  onFailure(error: unknown, { phase, retry }: { phase: Phase; retry: Retry | null }): void {
    const isAllowed = retry !== null && this.#reception?.isStarted !== true && this.#course.mayRetry(retry);
    if (isAllowed && !(error instanceof TransferFailure)) this.#retry(retry, toFailure(error, phase));
    else this.fail(toFailure(error, phase));
  }

  #succeed(response: CompleteResponse): void {
    try {
      if (this.#reception === null) this.#endWith(response, response.takeContent());
      else this.#finish(response, this.#reception);
    } catch (error) {
      this.fail(toFailure(error, "sending"));
    }
  }

  #finish(response: CompleteResponse, reception: Reception): void {
    reception.finish(response, this.#hop as Hop, (take) =>
      this.#attempt(() => this.#endWith(response, take())),
    );
  }

  #newReception(): Reception {
    const { scope } = this.#events;
    const [transfer, owner] = [this.#transfer, this.#owner];
    return new Reception({ transfer, owner, scope, fail: this.fail.bind(this) });
  }

  #endWith({ status, head }: CompleteResponse, content: Buffer): void {
    this.#end({ status, content }, new LastResponse(head, (this.#hop as Hop).url));
  }

  #failedWith(failure: TransferFailure): Outcome {
    const place = { hop: this.#course.followed, url: this.#hop?.url ?? null, address: this.#address };
    return outcomeOf(failure, place);
  }

  #watch(signal: CancelSignal | undefined): void {
    if (signal === undefined || isAborted(signal)) return;
    this.#signal = signal;
    ABORTS.add(signal, this);
  }

  #begin(): void {
    try {
      const hop = firstHop(this.#transfer);
      const caller = parseHeaders(this.#transfer.headers);
      this.#caller = this.#events.asker === null ? caller : withoutTrace(caller);
      this.#go(hop);
    } catch (error) {
      this.fail(toFailure(error, "sending"));
    }
  }

  /** @param retry where the hop is repeated, which is no other request for its terms; null if it is not */
  #go(hop: Hop, retry: Retry | null = null): void {
    this.#hop = hop;
    this.#address = null;
    if (this.#policy !== null) this.#check(hop, this.#policy);
    if (this.#isOver) return;
    const entered = retry === null ? this.#enter(hop) : undefined;
    if (entered === undefined) this.#prepare(hop, retry === "fresh");
    else this.#await(entered, hop);
  }

  #check(hop: Hop, policy: Policy): void {
    const line = lineOf(hop);
    policy.observe?.(hop.url, line);
    // A policy may call a function of the application, and this may end the call.
    if (this.#isOver) return;
    policy.checkUrl(hop.url);
    policy.checkOptions?.(this.#transfer);
    this.#permit = policy.permit?.(hop.url, line) ?? policy;
  }

  /** Begins a hop, with its terms. Most have none, but the hop before may have had some. */
  #enter(hop: Hop): Promise<void> | undefined {
    const terms = this.#permit?.terms ?? NO_TERMS;
    if (terms.length === 0 && this.#terms === null) return undefined;
    this.#terms ??= new HopTerms(this, this.#events.asker);
    return this.#terms.begin(
      terms,
      { transfer: this.#transfer, caller: this.#caller, hop },
      this.#course.followed,
    );
  }

  /** Goes on with a hop when the host has answered. */
  #await(answer: Promise<void>, hop: Hop): void {
    answer.then(
      () => this.#goOn(() => this.#prepare(hop, false)),
      (error) => this.#goOn(() => this.fail(toFailure(error, "sending"))),
    );
  }

  #prepare(hop: Hop, isFresh: boolean): void {
    if (this.#isOver) return;
    const body = hop.body === null ? null : this.#bodyToHash(hop);
    if (body === null) this.#ask(hop, isFresh);
    else this.#hash(body, hop, isFresh);
  }

  #bodyToHash(hop: Hop): Body | null {
    const asked = { transfer: this.#transfer, caller: this.#caller, hop };
    return bodyToHash(signatoryOf(asked, this.#terms?.additions ?? null));
  }

  /** Reads the body first, because the head of the request contains its hash. */
  #hash(body: Body, hop: Hop, isFresh: boolean): void {
    this.#hashing = new PayloadHash(body);
    this.#hashing.read().then(
      ({ hash, body }) => this.#goOn(() => this.#ask({ ...hop, body, payloadHash: hash }, isFresh)),
      (error) => this.fail(toFailure(error, "sending")),
    );
  }

  #ask(hop: Hop, isFresh: boolean): void {
    if (this.#isOver) return;
    this.#hop = this.#events.nextHop() ? this.#tellOf(hop) : hop;
    if (this.#isOver) return;
    const connectTimeoutMs = connectLimitMs(this.#transfer);
    const shown = this.#terms?.shown(this.#transfer) ?? this.#transfer;
    const destination = this.#context.destinationOf(hop.url, shown, this.#course.isHttp1Only);
    const { asker } = this.#events;
    const needs = {
      destination,
      isFresh,
      connectTimeoutMs,
      policy: this.#permit,
      asker,
      tenancy: this.#tenancy,
    };
    this.#exchange = this.#context.exchanges.prepare(this, needs);
    this.#exchange.start();
  }

  /** Returns the hop, with the headers that subscribers have added. */
  #tellOf(hop: Hop): Hop {
    const [caller, permit] = [this.#caller, this.#permit];
    return { ...hop, trace: this.#events.hopStart({ hop, number: this.#course.followed, permit, caller }) };
  }

  #follow(status: number): void {
    this.#go(this.#course.follow(this.#transfer, this.#hop as Hop, status));
  }

  #retry(retry: Retry, { code }: TransferFailure): void {
    this.#events.hopFailed(code);
    this.#goOn(() => this.#repeat(retry));
  }

  #repeat(retry: Retry): void {
    if (this.#isOver) return;
    const hop = this.#hop as Hop;
    this.#course.retry(hop, retry);
    this.#go(hop, retry);
  }

  /** Continues with the next request. The answer came in another context, so this returns to the caller's context. */
  #goOn(step: () => void): void {
    this.#wentOnAt = this.#context.clock.now();
    this.inContext(() => this.#attempt(step));
  }

  /** Runs a step that may throw a TransferFailure: then the call fails. */
  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.fail(toFailure(error, "sending"));
    }
  }

  /** Tells the operator at once. The caller learns of it at the next mark of the policy's grid. */
  #deny(failure: TransferFailure, { url }: Hop): void {
    if (this.#isDenied) return;
    this.#isDenied = true;
    const outcome = failedOutcome(failure.code);
    const { clock } = this.#context;
    const delayMs = denialDelayMs(this.#policy, clock.now() - this.#events.startedAt);
    if (delayMs > 0) this.#held = clock.setTimeout(() => this.#end(outcome), delayMs, undefined);
    this.#events.denied(failure, { url, hop: this.#course.followed });
    if (delayMs === 0) this.#end(outcome);
  }

  /** First updates our own state. Then it calls the caller's objects and subscribers, which may do anything. */
  #end(outcome: Outcome, received: Received | null = null): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#context.clock.clearTimeout(this.#held);
    this.#deadline?.cancel();
    if (this.#signal !== null) ABORTS.forget(this.#signal, this);
    this.#hashing?.cancel();
    this.#exchange?.cancel("code" in outcome ? outcome.code : undefined);
    this.#reception?.end();
    this.#context.onEnd(this, outcome);
    closeBody(this.#transfer.body);
    this.#terms?.end();
    this.#progress?.end();
    this.#events.end(outcome);
    this.#events.scope.runInAsyncScope(this.#owner.onEnd, this.#owner, outcome, received);
  }
}
