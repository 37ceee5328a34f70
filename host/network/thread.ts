import type { Duplex } from "node:stream";
import { Fifo } from "../collections/fifo.ts";
import { AbortWatch } from "../lifetime/abort-watch.ts";
import { Call, type CallContext } from "./call/call.ts";
import { CHANNELS } from "./call/diagnostics.ts";
import type { Policy } from "./policy/policy.ts";
import type { Limits } from "./pool/connection-queue.ts";
import { type Connect, Pool } from "./pool/pool.ts";
import {
  type ConnectOptions,
  type Destination,
  makeDestination,
  type Surroundings,
} from "./route/destination.ts";
import { SENTENCES, TransferFailure } from "./transfer/failures.ts";
import type { Outcome, PerformOptions, Transfer } from "./transfer/transfer.ts";
import type { Url } from "./url/url.ts";

/** What there is at a moment. */
export interface ThreadStats {
  /** Calls that wait for a connection. */
  queued: number;
  /** Calls that have one, or whose connection is being opened. */
  active: number;
  /** Connections that are open and not in use. */
  idle: number;
  /** Calls that ended with a status since the start. */
  completed: number;
  /** Calls that ended with an error since the start. */
  failed: number;
}

/** What a thread is made with. */
export interface ThreadOptions {
  connect: Connect;
  surroundings: Surroundings;
}

/** One of the configuration's threads: its calls, and the connections that nothing else shares. */
export class Thread implements CallContext {
  readonly id: string;
  readonly pool: Pool;
  readonly aborts = new AbortWatch();
  readonly #connect: Connect;
  readonly #surroundings: Surroundings;
  readonly #calls = new Fifo<Call>();
  #completed = 0;
  #failed = 0;
  #isClosed = false;
  #quiet: Promise<void> | null = null;
  #onQuiet: (() => void) | null = null;

  constructor(id: string, limits: Limits, options: ThreadOptions) {
    this.id = id;
    this.#connect = options.connect;
    this.#surroundings = options.surroundings;
    this.pool = new Pool(limits, this.#open.bind(this));
  }

  /** Never rejects. After `close` or `destroy` it is ABORTED_BY_CALLBACK at once. */
  perform(transfer: Transfer, policy: Policy | null, { signal }: PerformOptions): Promise<Outcome> {
    return new Promise((resolve) => {
      const call = new Call(this, transfer, policy, resolve);
      this.#calls.push(call.inFlight);
      if (this.#isClosed) call.fail(new TransferFailure("ABORTED_BY_CALLBACK"));
      else call.start(signal);
    });
  }

  destinationOf(url: Url, transfer: Transfer): Destination {
    return makeDestination(url, transfer, this.#surroundings);
  }

  onEnd(call: Call, outcome: Outcome): void {
    this.#calls.remove(call.inFlight);
    if ("code" in outcome) this.#failed++;
    else this.#completed++;
    if (this.#calls.length === 0) this.#onQuiet?.();
  }

  stats(): ThreadStats {
    const { queued, idle } = this.pool;
    const active = this.#calls.length - queued;
    return { queued, active, idle, completed: this.#completed, failed: this.#failed };
  }

  /** Refuses new calls, lets those in flight finish, closes every connection. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#quiet ??= new Promise((resolve) => {
      this.#onQuiet = resolve;
    });
    if (this.#calls.length === 0) this.#onQuiet?.();
    await this.#quiet;
    await this.pool.close();
  }

  /** Ends every call with ABORTED_BY_CALLBACK and every connection. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    for (let call = this.#calls.first?.value; call !== undefined; call = this.#calls.first?.value) {
      call.fail(new TransferFailure("ABORTED_BY_CALLBACK"));
    }
    this.pool.destroy();
    await this.pool.close();
  }

  async #open(destination: Destination, options: ConnectOptions): Promise<Duplex> {
    const socket = await this.#connect(destination, options);
    if (CHANNELS.open.hasSubscribers) {
      const { scheme, hostname, port } = destination;
      const address = "remoteAddress" in socket ? String(socket.remoteAddress ?? "") : "";
      CHANNELS.open.publish({ thread: this.id, scheme, hostname, port, address });
    }
    return socket;
  }
}

/** The outcome of a transfer that ends before it begins. */
export function failedOutcome(code: keyof typeof SENTENCES): Outcome {
  return { error: SENTENCES[code], code };
}
