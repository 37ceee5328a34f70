import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { TlsOptions } from "node:tls";
import { type Listener, listen } from "./listener.ts";

/** A proxy for CONNECT. It remembers the requests. */
export interface HttpProxy extends Listener {
  /** The head of each request. */
  heads: string[];
}

export interface HttpProxyOptions {
  host?: string;
  /** If set, clients use TLS. */
  tls?: TlsOptions;
  /** The answer before the bytes of the tunnel. */
  reply?: string;
  /** Called with each connection, after its TLS handshake. */
  onClient?: (socket: Socket) => void;
  /** Replaces the tunnel: called with a connection whose head was read. */
  behave?: (socket: Socket, head: string) => void;
}

/** Connects tunnels to the requested port, always on 127.0.0.1, for any name. */
export async function startHttpProxy(t: TestContext, options: HttpProxyOptions = {}): Promise<HttpProxy> {
  const { host = "127.0.0.1", tls, reply = "HTTP/1.1 200 Connection established\r\n\r\n" } = options;
  const heads: string[] = [];
  const tunnel = (socket: Socket, head: string): void => {
    const port = Number(/:(\d+) HTTP/.exec(head)?.[1]);
    const onward = connect({ port, host: "127.0.0.1" }, () => {
      socket.write(reply, "latin1");
      socket.pipe(onward).pipe(socket);
    });
    onward.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("close", () => onward.destroy());
  };
  const listener = await listen(
    t,
    (socket) => {
      options.onClient?.(socket);
      readHead(socket, (head) => {
        heads.push(head);
        (options.behave ?? tunnel)(socket, head);
      });
    },
    { host, ...(tls === undefined ? {} : { tls }) },
  );
  return Object.assign(listener, { heads });
}

function readHead(socket: Socket, onHead: (head: string) => void): void {
  let text = "";
  const onData = (chunk: Buffer): void => {
    text += chunk.toString("latin1");
    const end = text.indexOf("\r\n\r\n");
    if (end === -1) return;
    socket.off("data", onData).pause();
    const rest = text.slice(end + 4);
    if (rest !== "") socket.unshift(Buffer.from(rest, "latin1"));
    onHead(text.slice(0, end + 4));
    socket.resume();
  };
  socket.on("data", onData);
}
