import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

/** A server on loopback that runs until the test ends. */
export interface Listener {
  port: number;
  /** Number of connections so far, including closed ones. */
  accepted: number;
  /** The open connections. If there is TLS, these are the sockets below it. */
  open: Set<Socket>;
  /** Resolves when all connections are closed. */
  allGone(): Promise<void>;
}

/** Listens on a free port of a loopback address. With `tls`, the callback gets each connection after its handshake. */
export async function listen(
  t: TestContext,
  onConnection: (socket: Socket) => void,
  { host = "127.0.0.1", port = 0, tls }: { host?: string; port?: number; tls?: TlsOptions } = {},
): Promise<Listener> {
  const ready = (socket: Socket): void => {
    socket.on("error", () => {});
    onConnection(socket);
  };
  const server = tls === undefined ? createServer(ready) : createTlsServer(tls, ready);
  server.on("tlsClientError", () => {});
  const listener = track(server);
  server.listen(port, host);
  await once(server, "listening");
  listener.port = (server.address() as AddressInfo).port;
  t.after(() => {
    for (const socket of listener.open) socket.destroy();
    server.close();
  });
  return listener;
}

function track(server: Server): Listener {
  const open = new Set<Socket>();
  const listener: Listener = {
    port: 0,
    accepted: 0,
    open,
    allGone: async () => {
      for (const socket of open) await new Promise((resolve) => socket.once("close", resolve));
    },
  };
  server.on("connection", (socket: Socket) => {
    listener.accepted += 1;
    open.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => open.delete(socket));
  });
  return listener;
}

/** A port of 127.0.0.1 on which nothing listens. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
