import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";

/**
 * What the server may do when it has read a request. Most answers are good, because each answer that never comes blocks
 * a connection for a second.
 */
const ACTS: readonly ((socket: Socket) => void)[] = [
  ...Array.from({ length: 80 }, () => (socket: Socket) => void socket.write(OK)),
  (socket) => void socket.end(OK),
  (socket) => void socket.end(),
  (socket) => void socket.resetAndDestroy(),
  (socket) => void socket.end(OK.slice(0, 20)),
  (socket) => void socket.end(OK.slice(0, -1)),
  (socket) => void socket.write(OK.slice(0, -1), () => socket.resetAndDestroy()),
  (socket) => void socket.write("not http\r\n\r\n"),
  (socket) => void socket.write(`HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\n\r\n${OK}`),
  (socket) => void socket.write("HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"),
  (socket) => void socket.write("HTTP/1.1 307 T\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"),
  (socket) => void socket.write(`${CHUNKED}2\r\nok\r\n0\r\n\r\n`),
  (socket) => void socket.write(`${CHUNKED}zz`),
  (socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\nok"),
  (socket) => void socket.write(`${OK}extra`),
  (socket) => void socket.write("HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\n"),
  (socket) => void socket.write("HTTP/1.1 413 L\nContent-Length: 0\n\n"),
  (socket) => void socket.write(`HTTP/1.1 200 OK\r\nX: ${"x".repeat(400_000)}\r\n\r\n`),
  () => {},
];

/** A server that answers at random, well or badly. */
export class FaultyServer implements AsyncDisposable {
  /** Number of connections that are open now. */
  open = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(random: () => number) {
    this.#server = createServer((socket) => {
      this.open++;
      this.#sockets.add(socket);
      socket.on("error", () => {});
      socket.on("close", () => {
        this.open--;
        this.#sockets.delete(socket);
      });
      socket.on("data", () => {
        if (socket.writable) ACTS[Math.floor(random() * ACTS.length)]?.(socket);
      });
    });
  }

  static async start(random: () => number): Promise<FaultyServer> {
    const faulty = new FaultyServer(random);
    faulty.#server.listen(0, "127.0.0.1");
    await once(faulty.#server, "listening");
    return faulty;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, "close");
  }
}
