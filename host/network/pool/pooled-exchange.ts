import type { CompleteResponse, Exchange, ExchangeOwner, StartedResponse } from "../exchange/exchange.ts";
import type { ContentFlow, ContentSink } from "../transfer/content-flow.ts";
import type { TransferFailure } from "../transfer/failures.ts";
import type { RawFields } from "../transfer/header-fields.ts";
import type { ExchangeClient, ExchangeNeeds, PendingExchange } from "./exchange-source.ts";
import { type Lease, Waiter } from "./lane.ts";

/** The part of the pool that an exchange uses. */
export interface Connections {
  /** Asks for a connection. Methods of the waiter may be called before this returns. */
  ask(waiter: Waiter): void;
  withdraw(waiter: Waiter): void;
  release(lease: Lease): void;
}

/** An exchange on a connection of the pool. */
export class PooledExchange extends Waiter implements PendingExchange, ExchangeOwner {
  readonly #connections: Connections;
  readonly #client: ExchangeClient;
  #lease: Lease | null = null;
  #exchange: Exchange | null = null;
  /** Whether this is still the context of whoever started it. */
  #isStarting = false;
  #isOver = false;

  constructor(connections: Connections, client: ExchangeClient, needs: ExchangeNeeds) {
    super(needs);
    this.#connections = connections;
    this.#client = client;
  }

  get maxFileSize(): number {
    return this.#client.maxFileSize;
  }

  start(): void {
    if (this.#isOver) return;
    this.#isStarting = true;
    this.#connections.ask(this);
    this.#isStarting = false;
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#connections.withdraw(this);
    this.#stop();
  }

  onAdmitted(): void {
    this.#client.onAdmitted();
  }

  onLease(lease: Lease): void {
    this.#lease = lease;
    if (this.#isStarting) this.#use(lease);
    else this.#useInContext(lease);
  }

  onConnectFailure(failure: TransferFailure): void {
    if (this.#end()) this.#client.onFailure(failure, { phase: "connecting", retry: null });
  }

  isRedirect(status: number, fields: RawFields): boolean {
    return this.#client.isRedirect(status, fields);
  }

  onHead(bytes: number): boolean {
    return this.#client.onHead(bytes);
  }

  onStart(response: StartedResponse, flow: ContentFlow): ContentSink | null {
    return this.#client.onStart(response, flow);
  }

  onContent(bytes: number): boolean {
    return this.#client.onContent(bytes);
  }

  onResponse(response: CompleteResponse): void {
    this.#exchange = null;
    // The client of the next exchange may do anything now, it may even cancel this exchange.
    this.#giveBack();
    if (this.#end()) this.#client.onResponse(response);
  }

  onFailure({ phase, retry }: Exchange, error: unknown): void {
    this.#exchange = null;
    this.#giveBack();
    if (this.#end()) this.#client.onFailure(error, { phase, retry });
  }

  #useInContext(lease: Lease): void {
    this.#client.inContext(() => this.#use(lease));
  }

  #use(lease: Lease): void {
    try {
      if (!this.#isOver) this.#send(lease);
    } catch (error) {
      this.#stop();
      this.#giveBackUnused(lease);
      if (this.#end()) this.#client.onFailure(error, { phase: "sending", retry: null });
      return;
    }
    if (this.#exchange === null) this.#giveBackUnused(lease);
  }

  #send({ connection, destination, slot: { number } }: Lease): void {
    const { target, protocol } = connection;
    const request = this.#client.makeRequest({ destination, target, protocol, number });
    if (this.#isOver) return;
    this.#exchange = connection.newExchange(this);
    this.#exchange.send(request);
  }

  #stop(): void {
    if (this.#exchange === null) return;
    this.#exchange.cancel();
    this.#exchange = null;
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#lease !== null) this.#connections.release(this.#lease);
  }

  /** Nothing was sent, so the connection is unchanged. */
  #giveBackUnused(lease: Lease): void {
    if (lease.isOver) return;
    lease.connection.free();
    this.#connections.release(lease);
  }

  /** Whether the client has to be told. It is told once. */
  #end(): boolean {
    const wasOver = this.#isOver;
    this.#isOver = true;
    return !wasOver;
  }
}
