import { Exchange, type ExchangeOwner } from "../http1/exchange.ts";
import type { TransferFailure } from "../transfer/failures.ts";
import type { ExchangeClient, ExchangeNeeds, PendingExchange } from "./exchange-source.ts";
import { type Slot, Waiter } from "./lane.ts";

/** The part of the pool that an exchange uses. */
export interface Connections {
  /** Asks for a connection. Methods of the waiter may be called before this returns. */
  ask(waiter: Waiter): void;
  withdraw(waiter: Waiter): void;
  release(slot: Slot): void;
}

/** An exchange on a connection of the pool. */
export class PooledExchange extends Waiter implements PendingExchange, ExchangeOwner {
  readonly maxFileSize: number;
  readonly #connections: Connections;
  readonly #client: ExchangeClient;
  #slot: Slot | null = null;
  #exchange: Exchange | null = null;
  /** Whether this is still the context of whoever started it. */
  #isStarting = false;
  #isOver = false;

  constructor(connections: Connections, client: ExchangeClient, needs: ExchangeNeeds) {
    super(needs);
    this.#connections = connections;
    this.#client = client;
    this.maxFileSize = client.maxFileSize;
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
    this.#exchange?.abandon();
  }

  onAdmitted(): void {
    this.#client.onAdmitted();
  }

  onSlot(slot: Slot): void {
    if (this.#isStarting) this.#use(slot);
    else this.#client.inContext(() => this.#use(slot));
  }

  onConnectFailure(failure: TransferFailure): void {
    this.#end(() => this.#client.onFailure(failure, { phase: "connecting", isStale: false }));
  }

  isRedirect(status: number, rawHeaders: readonly Buffer[]): boolean {
    return this.#client.isRedirect(status, rawHeaders);
  }

  onHead(bytes: number): boolean {
    return this.#client.onHead(bytes);
  }

  onContent(bytes: number): boolean {
    return this.#client.onContent(bytes);
  }

  onResponse(exchange: Exchange): void {
    const slot = this.#slot as Slot;
    this.#exchange = null;
    // The client of the next exchange may do anything now, it may even cancel this exchange.
    this.#connections.release(slot);
    this.#end(() => this.#client.onResponse(exchange));
  }

  onFailure({ connection, phase }: Exchange, error: unknown): void {
    this.#exchange = null;
    // As in Curl_retry_request: a used connection that breaks without an answer was stale. If a fresh one breaks, the
    // transfer fails.
    const isStale = connection.isReused && !connection.isAnswered;
    this.#end(() => this.#client.onFailure(error, { phase, isStale }));
  }

  #use(slot: Slot): void {
    this.#slot = slot;
    try {
      if (!this.#isOver) this.#send(slot);
    } catch (error) {
      this.#giveUp(slot, error);
      return;
    }
    // Nothing was sent, so the connection is unchanged.
    if (this.#exchange === null) this.#giveBack(slot);
  }

  #send(slot: Slot): void {
    const { connection, lane } = slot;
    const { destination } = lane;
    const { target } = connection;
    const { head, body } = this.#client.makeRequest({ destination, target });
    if (this.#isOver) return;
    this.#exchange = new Exchange(this, connection, body);
    connection.send(head, body, this.#exchange);
  }

  #giveUp(slot: Slot, error: unknown): void {
    if (this.#exchange === null) this.#giveBack(slot);
    else this.#exchange.abandon();
    this.#end(() => this.#client.onFailure(error, { phase: "sending", isStale: false }));
  }

  #giveBack(slot: Slot): void {
    slot.connection.free();
    this.#connections.release(slot);
  }

  #end(tell: () => void): void {
    if (this.#isOver) return;
    this.#isOver = true;
    tell();
  }
}
