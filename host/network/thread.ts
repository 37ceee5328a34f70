import type { Duplex } from "node:stream";
import type { ConnectionLeases } from "../api/fleet.ts";
import type { ThreadStats } from "../api/http-background.ts";
import { Fifo } from "../collections/fifo.ts";
import { OUTSIDE } from "../lifetime/async-scope.ts";
import { type Clock, REAL_CLOCK } from "../lifetime/clock.ts";
import { Call, type CallContext, type CallOrder } from "./call/call.ts";
import type { Connect, ConnectOptions } from "./connect/connect-options.ts";
import { publishConnection } from "./connection-events.ts";
import type { ConnectionLimits } from "./pool/connection-queue.ts";
import type { Exchanges } from "./pool/exchange-source.ts";
import { Pool } from "./pool/pool.ts";
import { type Destination, makeDestination, type Surroundings } from "./route/destination.ts";
import { closeBody } from "./transfer/body.ts";
import { failedOutcome, TransferFailure } from "./transfer/failures.ts";
import type { PerformOptions } from "./transfer/perform-options.ts";
import type { Outcome, Transfer } from "./transfer/transfer.ts";
import type { Url } from "./url/url.ts";

/** What a thread needs when it is made. */
export interface ThreadOptions {
  connect: Connect;
  surroundings: Surroundings;
  /** For calls that do not name one. @default "2" */
  httpVersion?: string | undefined;
  /** What calls get in place of the connections; it may use them. @default the connections themselves */
  between?: Between | undefined;
  clock?: Clock | undefined;
  /** Says how many of its limits are for this process. @default null, all */
  leases?: ConnectionLeases | null | undefined;
}

/** Puts something between the calls of a thread and its connections. */
export type Between = (connections: Exchanges, thread: string) => Exchanges;

/** One thread of the configuration: its calls, and its connections, which no other thread uses. */
export class Thread implements CallContext {
  readonly id: string;
  readonly exchanges: Exchanges;
  readonly clock: Clock;
  readonly #connect: Connect;
  readonly #surroundings: Surroundings;
  readonly #httpVersion: string;
  readonly #leases: ConnectionLeases | null;
  readonly #calls = new Fifo<Call>();
  #completed = 0;
  #failed = 0;
  #isClosed = false;
  #quiet: Promise<void> | null = null;
  #onQuiet: (() => void) | null = null;

  constructor(id: string, limits: ConnectionLimits, options: ThreadOptions) {
    this.id = id;
    this.#connect = options.connect;
    this.#surroundings = options.surroundings;
    this.#httpVersion = options.httpVersion ?? "2";
    this.clock = options.clock ?? REAL_CLOCK;
    this.#leases = options.leases ?? null;
    const pool = new Pool(limits, this.#open.bind(this), this.#leases);
    this.exchanges = options.between?.(pool, id) ?? pool;
  }

  /** Starts a call. After `close` or `destroy`, its outcome is ABORTED_BY_CALLBACK at once. */
  start(order: CallOrder, options: PerformOptions): void {
    if (this.#isClosed) {
      this.#refuse(order);
      return;
    }
    const call = new Call(this, order);
    this.#calls.push(call.inFlight);
    call.start(options);
  }

  destinationOf(url: Url, transfer: Transfer, isHttp1Only: boolean): Destination {
    const version = transfer.httpVersion ?? this.#httpVersion;
    return makeDestination(url, transfer, this.#surroundings, isHttp1Only || version === "1.1");
  }

  onEnd(call: Call, outcome: Outcome): void {
    this.#calls.remove(call.inFlight);
    if ("code" in outcome) this.#failed++;
    else this.#completed++;
    if (this.#calls.length === 0) this.#onQuiet?.();
  }

  stats(): ThreadStats {
    const { queued, idle, http2 } = this.exchanges;
    const active = this.#calls.length - queued;
    const stats = { queued, active, idle, http2, completed: this.#completed, failed: this.#failed };
    return this.#leases === null ? stats : { ...stats, fleet: this.#leases.stats() };
  }

  /** Refuses new calls, waits until the running ones have ended, and closes all connections. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#quiet ??= new Promise((resolve) => {
      this.#onQuiet = resolve;
    });
    if (this.#calls.length === 0) this.#onQuiet?.();
    await this.#quiet;
    await this.#closeConnections();
  }

  /** Ends all calls with ABORTED_BY_CALLBACK, and destroys all connections. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    for (const call of this.#calls.values()) call.fail(new TransferFailure("ABORTED_BY_CALLBACK"));
    this.exchanges.destroy();
    await this.#closeConnections();
  }

  async #closeConnections(): Promise<void> {
    await this.exchanges.close();
    await this.#leases?.close();
  }

  /** Opens a connection outside of any call's context, because later other calls will use it. */
  #open(destination: Destination, options: ConnectOptions): Promise<Duplex> {
    return OUTSIDE.runInAsyncScope(this.#openOutside, this, destination, options);
  }

  async #openOutside(destination: Destination, options: ConnectOptions): Promise<Duplex> {
    const socket = await this.#connect(destination, options);
    publishConnection(socket, { thread: this.id, destination, options });
    return socket;
  }

  /**
   * Ends a call that came too late. It publishes no event: a subscriber that makes a new call whenever a call ends
   * would make calls for ever.
   */
  #refuse({ transfer, owner }: CallOrder): void {
    this.#failed++;
    closeBody(transfer.body);
    owner.onEnd(failedOutcome("ABORTED_BY_CALLBACK"), null);
  }
}
