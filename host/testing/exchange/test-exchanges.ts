import type {
  ExchangeClient,
  ExchangeNeeds,
  Exchanges,
  PendingExchange,
} from "../../network/pool/exchange-source.ts";
import { isAddress } from "../../network/url/hostname.ts";
import type { AskedNetwork, ExchangeWorld } from "./test-exchange.ts";
import { TestExchange } from "./test-exchange.ts";
import { WatchedClient } from "./watched-client.ts";

/** What answers instead of the network. It is the same for all threads. */
export interface TestNetwork extends Pick<ExchangeWorld, "clock" | "maxBodyBytes" | "answer" | "count"> {
  /** The address that a name has. */
  resolve(origin: ExchangeNeeds["destination"]): string;
}

/** The exchanges of one thread. Only those that the network is asked for use connections. */
export class TestExchanges implements Exchanges, ExchangeWorld {
  readonly thread: string;
  readonly clock: ExchangeWorld["clock"];
  readonly maxBodyBytes: number;
  readonly answer: ExchangeWorld["answer"];
  readonly count: ExchangeWorld["count"];
  readonly #network: TestNetwork;
  readonly #connections: Exchanges;

  constructor(network: TestNetwork, connections: Exchanges, thread: string) {
    this.#network = network;
    this.#connections = connections;
    this.thread = thread;
    this.clock = network.clock;
    this.maxBodyBytes = network.maxBodyBytes;
    this.answer = (request) => network.answer(request);
    this.count = (change) => network.count(change);
  }

  get queued(): number {
    return this.#connections.queued;
  }

  get idle(): number {
    return this.#connections.idle;
  }

  get http2(): number {
    return this.#connections.http2;
  }

  prepare(client: ExchangeClient, needs: ExchangeNeeds): PendingExchange {
    return new TestExchange(this, client, needs);
  }

  addressOf({ destination }: ExchangeNeeds): string | null {
    const { proxy, hostname } = destination;
    if (isAddress(hostname)) return hostname;
    // Of the kinds of proxies, these get an address.
    const isLookedUpHere = proxy === null || proxy.scheme === "socks4" || proxy.scheme === "socks5";
    return isLookedUpHere ? this.#network.resolve(destination) : null;
  }

  ask(client: ExchangeClient, needs: ExchangeNeeds, how: AskedNetwork): PendingExchange {
    const watched = new WatchedClient(client, how, this.clock);
    return watched.follow(this.#connections.prepare(watched, needs));
  }

  close(): Promise<void> {
    return this.#connections.close();
  }

  destroy(): void {
    this.#connections.destroy();
  }
}
