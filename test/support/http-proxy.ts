import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import type { TlsOptions } from "node:tls";
import { type Listener, listen } from "./listener.ts";

/** A proxy for CONNECT that remembers what it was asked. */
export interface HttpProxy extends Listener {
  /** The head of each request, as it came. */
  heads: string[];
}

export interface HttpProxyOptions {
  host?: string;
  /** Speaks TLS to its clients. */
  tls?: TlsOptions;
  /** What a tunnel is answered with, before its bytes. */
  reply?: string;
  /** Told of each connection, after its TLS. */
  onClient?: (socket: Socket) => void;
  /** Does something else with a connection whose head is read. */
  behave?: (socket: Socket, head: string) => void;
}

/** Tunnels to the port that it is asked for, on 127.0.0.1 whatever the name. */
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
