import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { createServer as createSecureServer } from "node:tls";
import { certificates } from "../support/certificates.ts";
import { headerOf, type RawRequest, takeRequest } from "../support/raw-request.ts";
import { type Answer, type Asked, type Handler, Query, Stash } from "./exchange.ts";
import { Files } from "./files.ts";

type Handlers = Readonly<Record<string, Handler>>;

/**
 * Serves the suite on loopback, its files and its handlers: on two ports of HTTP, and on two of HTTPS. Node's own server
 * would not do: it refuses methods and values that the tests send.
 */
export class SuiteServer {
  readonly files: Files;
  readonly #handlers: Handlers;
  readonly #servers: readonly Server[];
  readonly #sockets = new Set<Socket>();
  readonly #stash = new Stash();

  private constructor(folder: string, handlers: Handlers) {
    const onSocket = (socket: Socket): void => this.#serve(socket);
    this.#handlers = handlers;
    this.#servers = [
      ...[0, 1].map(() => createServer({ noDelay: true }, onSocket)),
      ...[0, 1].map(() => createSecureServer({ ...certificates().good, noDelay: true }, onSocket)),
    ];
    this.files = new Files(folder, (scheme, index) => portOf(this.#of(scheme, index)));
  }

  static async start(folder: string, handlers: Handlers): Promise<SuiteServer> {
    const server = new SuiteServer(folder, handlers);
    for (const one of server.#servers) await once(one.listen(0, "127.0.0.1"), "listening");
    return server;
  }

  /** Where the tests are. */
  origin(scheme: "http" | "https"): string {
    return `${scheme}://localhost:${portOf(this.#of(scheme, 0))}`;
  }

  /** All of them. The suite calls the address another host. */
  get origins(): string[] {
    const schemes = ["http", "http", "https", "https"];
    return ["localhost", "127.0.0.1"].flatMap((host) =>
      this.#servers.map((server, index) => `${schemes[index]}://${host}:${portOf(server)}`),
    );
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await Promise.all(this.#servers.map((server) => once(server.close(), "close")));
  }

  #of(scheme: "http" | "https", index: number): Server {
    return this.#servers[(scheme === "http" ? 0 : 2) + index] as Server;
  }

  #serve(socket: Socket): void {
    const peer = `${socket.remoteAddress} ${socket.remotePort}`;
    let pending = Buffer.alloc(0);
    let answering = Promise.resolve();
    this.#sockets.add(socket);
    socket.on("error", () => {}).on("close", () => this.#sockets.delete(socket));
    socket.on("data", (chunk) => {
      pending = Buffer.concat([pending, chunk]);
      for (let request = takeRequest(pending); request !== null; request = takeRequest(pending)) {
        const asked = this.#read(request, peer);
        pending = pending.subarray(request.raw.length);
        answering = answering.then(() => this.#answer(asked, socket)).catch(() => void socket.destroy());
      }
    });
  }

  async #answer(asked: Asked, socket: Socket): Promise<void> {
    const handle = this.#handlers[asked.path];
    const answer = await (handle?.(asked) ?? this.files.answer(asked.path, asked.query.first("pipe")));
    const { body = "", isRaw = false } = answer;
    const isText = typeof body === "string";
    if (!isRaw) socket.write(headOf(answer, isText ? body.length : null), "latin1");
    if (asked.method === "HEAD") return;
    if (isText) socket.write(body, "latin1");
    else await writePieces(socket, body, isRaw);
    // Nothing comes after an interim response.
    if (isRaw || (answer.status ?? 200) < 200) socket.end();
  }

  #read(request: RawRequest, peer: string): Asked {
    const [path = "", ...query] = request.target.split("?");
    return {
      method: request.method,
      path,
      query: new Query(query.join("?")),
      body: request.body.toString("latin1"),
      peer,
      stash: this.#stash,
      headers: request.headers,
      header: (name) => headerOf(request, name),
    };
  }
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** @param length of the body; null if it is sent in chunks */
function headOf({ status = 200, text = "OK", headers = [] }: Answer, length: number | null): string {
  const framing = length === null ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
  const lines = [
    `HTTP/1.1 ${status} ${text}`,
    ...headers.map(([name, value]) => `${name}: ${value}`),
    framing,
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Whoever makes the pieces learns it if nobody takes them any more. */
async function writePieces(socket: Socket, pieces: AsyncIterable<string>, isRaw: boolean): Promise<void> {
  for await (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(isRaw ? piece : `${piece.length.toString(16)}\r\n${piece}\r\n`, "latin1");
  }
  if (!isRaw) socket.write("0\r\n\r\n");
}
