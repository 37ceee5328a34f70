import type { Duplex } from "node:stream";
import type { Connection, ConnectionOwner, Protocol } from "../exchange/exchange.ts";
import { Http1 } from "../http1/http1.ts";
import { Http2 } from "../http2/http2.ts";
import type { Destination } from "../route/destination.ts";

/** What the server has chosen by ALPN. A server that chooses nothing speaks HTTP/1.1. */
export function protocolOf(socket: Duplex): Protocol {
  return "alpnProtocol" in socket && socket.alpnProtocol === "h2" ? "h2" : "http/1.1";
}

/** Makes a connection of a socket that is ready, including TLS and all proxies. */
export function openConnection(destination: Destination, socket: Duplex, owner: ConnectionOwner): Connection {
  return protocolOf(socket) === "h2"
    ? new Http2(destination, socket, owner)
    : new Http1(destination, socket, owner);
}
