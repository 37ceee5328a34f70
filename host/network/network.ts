import type { ThreadConfig } from "../api/config.ts";
import type { Fleet } from "../api/fleet.ts";
import type { ThreadStats } from "../api/http-background.ts";
import { type Clock, REAL_CLOCK } from "../lifetime/clock.ts";
import type { Connect } from "./connect/connect-options.ts";
import { Connector } from "./connect/connector.ts";
import { Names, type NamesOptions } from "./names/names.ts";
import type { Surroundings } from "./route/destination.ts";
import { ProxyVariables } from "./route/proxy-variables.ts";
import { TlsPolicies } from "./route/tls.ts";
import type { CertificateAuthorities } from "./route/trust.ts";
import { type Between, Thread } from "./thread.ts";
import { closeBody } from "./transfer/body.ts";
import { failedOutcome } from "./transfer/failures.ts";
import type { PerformOptions } from "./transfer/perform-options.ts";
import type { Policy } from "./transfer/policy.ts";
import type { Outcome, Transfer, TransferOwner } from "./transfer/transfer.ts";

export interface NetworkOptions {
  /** Authorities that are trusted instead of those of the system, PEM. */
  ca?: CertificateAuthorities | undefined;
  /** Which origins and addresses calls may reach. @default null, which allows all */
  policy?: Policy | null | undefined;
  /** The environment in which proxies are looked up, for calls that name none. @default process.env */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Whose limits the limits are. @default null, those of this process */
  fleet?: Fleet | null | undefined;
  /** Opens connections. Tests use it. */
  connect?: Connect | undefined;
  /** Where names are looked up. Tests use it. */
  names?: NamesOptions | undefined;
  /** See `ThreadOptions`. Tests use it. */
  between?: Between | undefined;
  /** Tests have their own. @default the time of the machine */
  clock?: Clock | undefined;
}

/** Executes transfers over pooled connections. Each transfer names its thread. */
export class Network {
  readonly clock: Clock;
  readonly #threads: ReadonlyMap<string, Thread>;
  readonly #policy: Policy | null;

  /** @throws HttpBackgroundError BAD_CONFIG if `ca` is wrong */
  constructor(threads: readonly ThreadConfig[], options: NetworkOptions = {}) {
    this.#policy = options.policy ?? null;
    const { between, clock = REAL_CLOCK } = options;
    this.clock = clock;
    const surroundings: Surroundings = {
      tlsPolicies: new TlsPolicies(options.ca),
      proxyVariables: new ProxyVariables(options.env ?? process.env),
    };
    const connector = new Connector(new Names(options.names));
    const connect = options.connect ?? connector.connect.bind(connector);
    this.#threads = new Map(
      threads.map(({ id, maxTotal, maxHost, httpVersion }) => {
        const isLimited = maxTotal > 0 || maxHost > 0;
        const leases = isLimited ? options.fleet?.leasesOf({ id, maxTotal, maxHost }, clock) : null;
        return [
          id,
          new Thread(
            id,
            { maxTotal, maxHost },
            { connect, surroundings, httpVersion, leases, between, clock },
          ),
        ];
      }),
    );
  }

  /** Whether `id` is one of the threads. */
  has(id: string): boolean {
    return this.#threads.has(id);
  }

  /** Ids of the threads. */
  get ids(): string[] {
    return [...this.#threads.keys()];
  }

  /**
   * Executes a transfer. A failure is an outcome too (invariant 3).
   *
   * @param owner Learns the outcome, perhaps before this returns.
   */
  start(transfer: Transfer, options: PerformOptions, owner: TransferOwner): void {
    const thread = this.#threads.get(transfer.thread);
    if (thread === undefined) {
      closeBody(transfer.body);
      owner.onEnd(failedOutcome("BAD_FUNCTION_ARGUMENT"), null);
      return;
    }
    const policy = options.policy === undefined ? this.#policy : options.policy;
    thread.start({ transfer, policy, owner }, options);
  }

  /** Like `start`, with a promise that never rejects. */
  perform(transfer: Transfer, options: PerformOptions = {}): Promise<Outcome> {
    return new Promise((resolve) => this.start(transfer, options, { onEnd: resolve }));
  }

  /** The numbers of each thread at this moment. */
  stats(): Record<string, ThreadStats> {
    return Object.fromEntries([...this.#threads].map(([id, thread]) => [id, thread.stats()]));
  }

  /** Refuses new transfers, waits until the running ones have ended, and closes all connections. */
  async close(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.close()));
  }

  /** Ends the running transfers with ABORTED_BY_CALLBACK, and closes all connections. */
  async destroy(): Promise<void> {
    await Promise.all([...this.#threads.values()].map((thread) => thread.destroy()));
  }
}
