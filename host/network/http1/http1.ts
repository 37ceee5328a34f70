import type {
  ExchangeOwner,
  Connection as SomeConnection,
  Exchange as SomeExchange,
} from "../exchange/exchange.ts";
import { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";

/** HTTP/1.1 on a socket: one exchange at a time. */
export class Http1 extends Connection implements SomeConnection {
  get protocol(): "http/1.1" {
    return "http/1.1";
  }

  get isSettling(): false {
    return false;
  }

  get capacity(): number {
    return this.isOpen ? 1 : 0;
  }

  newExchange(owner: ExchangeOwner): SomeExchange {
    return new Exchange(owner, this);
  }
}
