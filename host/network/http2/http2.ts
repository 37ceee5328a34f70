import type { Duplex } from "node:stream";
import type {
  Connection,
  ConnectionOwner,
  ExchangeOwner,
  Exchange as SomeExchange,
} from "../exchange/exchange.ts";
import type { Destination } from "../route/destination.ts";
import { Exchange } from "./exchange.ts";
import { Session } from "./session.ts";

/** HTTP/2 on a socket: many exchanges at the same time. */
export class Http2 implements Connection {
  readonly protocol = "h2";
  readonly #session: Session;

  /** See `Session`. */
  constructor(destination: Destination, socket: Duplex, owner: ConnectionOwner) {
    this.#session = new Session(destination, socket, owner);
  }

  get target(): string | null {
    return this.#session.target;
  }

  get isSettling(): boolean {
    return this.#session.isSettling;
  }

  get capacity(): number {
    return this.#session.capacity;
  }

  newExchange(owner: ExchangeOwner): SomeExchange {
    return new Exchange(owner, this.#session);
  }

  /** Frames say which stream they are for, so nothing is mistaken for the answer to a later request. */
  free(): void {}

  close(): void {
    this.#session.retire();
  }

  destroy(): void {
    this.#session.destroy();
  }
}
