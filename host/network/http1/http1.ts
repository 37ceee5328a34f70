import type { Duplex } from "node:stream";
import type {
  ConnectionOwner,
  ExchangeOwner,
  Connection as SomeConnection,
  Exchange as SomeExchange,
} from "../exchange/exchange.ts";
import type { Destination } from "../route/destination.ts";
import { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";

/** HTTP/1.1 on a socket: one exchange at a time. */
export class Http1 implements SomeConnection {
  readonly protocol = "http/1.1";
  readonly isSettling = false;
  readonly #connection: Connection;

  /** See `Connection`. */
  constructor(destination: Destination, socket: Duplex, owner: ConnectionOwner) {
    this.#connection = new Connection(destination, socket, () => owner.onClosed());
  }

  get target(): string | null {
    return this.#connection.target;
  }

  get capacity(): number {
    return this.#connection.isOpen ? 1 : 0;
  }

  newExchange(owner: ExchangeOwner): SomeExchange {
    return new Exchange(owner, this.#connection);
  }

  free(): void {
    this.#connection.free();
  }

  close(): void {
    this.#connection.close();
  }

  destroy(): void {
    this.#connection.destroy();
  }
}
