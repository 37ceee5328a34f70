import { type AsyncScope, captureScope } from "../../lifetime/async-scope.ts";
import type { Clock } from "../../lifetime/clock.ts";
import type { CompleteResponse } from "../exchange/exchange.ts";
import type { TransferFailure } from "../transfer/failures.ts";
import type { AskingRun } from "../transfer/perform-options.ts";
import type { Origin } from "../transfer/policy.ts";
import type { Outcome } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";
import { reportDenial } from "./denials.ts";
import { CHANNELS, describeRun, describeUrl, type OfRun } from "./diagnostics.ts";

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

  response({ status, protocol }: CompleteResponse, url: Url): void {
    if (CHANNELS.response.hasSubscribers)
      this.#publish(CHANNELS.response, { status, protocol, url: describeUrl(url) });
  }

  denied(failure: TransferFailure, where: { url: Origin; hop: number }): void {
    this.scope.runInAsyncScope(reportDenial, undefined, failure, {
      thread: this.#thread,
      asker: this.asker,
      ...where,
    });
  }

  end(outcome: Outcome): void {
    if (!CHANNELS.end.hasSubscribers) return;
    const how = "code" in outcome ? { code: outcome.code } : { status: outcome.status };
    this.#publish(CHANNELS.end, { ...how, tookMs: this.#clock.now() - this.startedAt });
  }

  #publish(channel: { publish(message: unknown): void }, message: object): void {
    this.scope.runInAsyncScope(channel.publish, channel, { ...this.#about(), ...message });
  }

  #about(): { thread: string; call: number } & OfRun {
    return { thread: this.#thread, call: this.#number, ...describeRun(this.asker) };
  }
}
