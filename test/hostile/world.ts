import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import {
  createScriptRuntime,
  type Limits,
  type Script,
  type ScriptRuntime,
} from "../../host/script/index.ts";

/** A text of the honest runs, which must not appear anywhere else. */
export const SECRET = "SECRET-of-an-honest-run";

/** Small limits, so that runs soon reach them. */
export const LIMITS: Partial<Limits> = {
  memoryPages: 16,
  timeout: 20,
  computeMs: 50,
  stackBytes: 4096,
  requests: 12,
  bytesSent: 200_000,
  bytesReceived: 50_000,
  outputBytes: 100_000,
};

/** A server, the plugin, and a runtime with the scripts of honest and hostile runs. */
export class World {
  readonly http: HttpBackground;
  readonly runtime: ScriptRuntime;
  /** Of scripts in JavaScript, whose engine takes more memory. */
  readonly javascript: ScriptRuntime;
  readonly base: string;
  /** Texts that came to the wrong place. */
  readonly leaks: string[] = [];
  readonly #server: Server;
  readonly #held: ServerResponse[] = [];

  private constructor(server: Server, http: HttpBackground) {
    this.#server = server;
    this.http = http;
    this.base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    // There is no compiler. So a module that is not suspendable is refused at once; to transform it would take a
    // second.
    this.runtime = createScriptRuntime({ http, allow: [this.base], limits: LIMITS, asc: "/nowhere/asc.js" });
    this.javascript = createScriptRuntime({
      http,
      allow: [this.base],
      limits: { ...LIMITS, memoryPages: 64, computeMs: 10 },
    });
    server.on(
      "request",
      (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response),
    );
  }

  static async create(): Promise<World> {
    const server = createServer({ keepAliveTimeout: 60_000 });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const http = await createHttpBackground({ threads: [{ id: "default", max_total: 64 }] });
    return new World(server, http);
  }

  /** Answers the requests of honest runs. */
  release(): void {
    for (const response of this.#held.splice(0)) response.end(`${response.req.url} ${SECRET}`);
  }

  /** How many honest requests wait. */
  get holding(): number {
    return this.#held.length;
  }

  async load(wasm: Uint8Array): Promise<Script> {
    return this.runtime.load(wasm);
  }

  async close(): Promise<void> {
    await this.runtime.destroy();
    await this.javascript.destroy();
    await this.http.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "" } = request;
    if (url.startsWith("/honest/")) {
      this.#held.push(response);
      return;
    }
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const seen = url + JSON.stringify(request.rawHeaders) + Buffer.concat(chunks).toString("latin1");
    if (seen.includes(SECRET)) this.leaks.push(`a request of a hostile run: ${seen.slice(0, 200)}`);
    response.end(url === "/large" ? Buffer.alloc(60_000) : "ok");
  }
}
