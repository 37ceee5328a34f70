import type { ErrorCode } from "../../api/errors.ts";
import type { OfRun } from "../../api/events.ts";
import { type AsyncScope, captureScope } from "../../lifetime/async-scope.ts";
import type { Clock } from "../../lifetime/clock.ts";
import type { CompleteResponse } from "../exchange/exchange.ts";
import type { ChosenConnection } from "../pool/exchange-source.ts";
import type { RequestHead } from "../request/request.ts";
import type { AskingRun } from "../transfer/asking-run.ts";
import type { ByteString } from "../transfer/byte-string.ts";
import type { TransferFailure } from "../transfer/failures.ts";
import type { Origin } from "../transfer/policy.ts";
import type { Outcome } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";
import { reportDenial } from "./denials.ts";
import { CHANNELS, describeRun, describeUrl } from "./diagnostics.ts";
import { type BeginningHop, HopEvents } from "./hop-events.ts";

let calls = 0;

/**
 * The events of one call, published in the asynchronous context of its caller. A subscriber may do anything, it may
 * even end the call. So the code that publishes an event must check the call's state again afterwards.
 */
export class CallEvents {
  /** The context of the call's caller. */
  readonly scope: AsyncScope = captureScope();
  readonly startedAt: number;
  /** The run of a script that made the call; null for the application. */
  asker: AskingRun | null = null;
  readonly #thread: string;
  readonly #clock: Clock;
  readonly #number = ++calls;
  /** The hop that goes on, if somebody wants to know. */
  #hop: HopEvents | null = null;
  /** How many hops have begun. */
  #hops = 0;

  constructor(thread: string, clock: Clock) {
    this.#thread = thread;
    this.#clock = clock;
    this.startedAt = clock.now();
  }

  start(method: string | null): void {
    if (CHANNELS.start.hasSubscribers) CHANNELS.start.publish({ ...this.#about(), method });
  }

  queued(askedAt: number): void {
    if (CHANNELS.queued.hasSubscribers)
      this.#publish(CHANNELS.queued, { waitedMs: this.#clock.now() - askedAt });
  }

  /** Another hop begins. @returns Whether anybody wants to be told, by `hopStart` */
  nextHop(): boolean {
    this.#hops++;
    return HopEvents.isWanted;
  }

  /** @returns Headers that subscribers have added */
  hopStart(beginning: BeginningHop): readonly ByteString[] {
    const about = { hop: beginning.number, resend: this.#hops - 1 };
    this.#hop = new HopEvents(this.#publish.bind(this), this.#clock, about);
    return this.#hop.start(beginning, this.asker !== null);
  }

  hopSent(connection: ChosenConnection, head: RequestHead): void {
    this.#hop?.sent(connection, head);
  }

  /** The hop has failed, and will be repeated. */
  hopFailed(code: ErrorCode): void {
    this.#hopEnd({ code });
  }

  response({ status, protocol }: CompleteResponse, url: Url): void {
    if (CHANNELS.response.hasSubscribers)
      this.#publish(CHANNELS.response, { status, protocol, url: describeUrl(url) });
    this.#hopEnd({ status });
  }

  denied(failure: TransferFailure, where: { url: Origin; hop: number }): void {
    this.scope.runInAsyncScope(reportDenial, undefined, failure, {
      thread: this.#thread,
      call: this.#number,
      asker: this.asker,
      ...where,
    });
  }

  end(outcome: Outcome): void {
    const how = "code" in outcome ? { code: outcome.code } : { status: outcome.status };
    this.#hopEnd(how);
    if (CHANNELS.end.hasSubscribers)
      this.#publish(CHANNELS.end, { ...how, tookMs: this.#clock.now() - this.startedAt });
  }

  #hopEnd(how: { status: number } | { code: ErrorCode }): void {
    const hop = this.#hop;
    this.#hop = null;
    hop?.end(how);
  }

  #publish(channel: { publish(message: unknown): void }, message: object): void {
    this.scope.runInAsyncScope(channel.publish, channel, { ...this.#about(), ...message });
  }

  #about(): { thread: string; call: number } & OfRun {
    return { thread: this.#thread, call: this.#number, ...describeRun(this.asker) };
  }
}
