import { EventEmitter, once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A server that answers only when the test says so. */
export class GateServer {
  readonly base: string;
  readonly #server: Server;
  readonly #arrivals = new EventEmitter();
  #waiting: ServerResponse[] = [];

  private constructor(server: Server) {
    this.#server = server;
    this.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on("request", (request, response: ServerResponse) => {
      request.resume();
      this.#waiting.push(response);
      response.on("close", () => {
        this.#waiting = this.#waiting.filter((other) => other !== response);
        this.#arrivals.emit("change");
      });
      this.#arrivals.emit("change");
    });
  }

  static async start(): Promise<GateServer> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    return new GateServer(server);
  }

  /**
   * Resolves when exactly this number of requests waits for an answer. A request whose connection is gone does not
   * count.
   */
  async holds(count: number): Promise<void> {
    while (this.#waiting.length !== count) await once(this.#arrivals, "change");
  }

  /** Answers the requests that wait. */
  open(content = "ok"): void {
    for (const response of this.#waiting) response.end(content);
  }

  /** Answers all requests, now and later. */
  stayOpen(content = "ok"): void {
    this.#arrivals.on("change", () => this.open(content));
    this.open(content);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }
}
