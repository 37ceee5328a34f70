import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type RawRequest, takeRequest } from "./raw-request.ts";
import { reset } from "./reset.ts";

/** What the server does for one request. The fields are those of `server` in test/vectors/README.md. */
export interface ServerEntry {
  /** Each character is one byte. */
  send?: string;
  delay_ms?: number;
  /** More bytes, `then_ms` after the first. */
  then?: string;
  then_ms?: number;
  /** Ends the sending side after that. */
  end?: boolean;
  /** Resets the connection after that. */
  reset?: boolean;
}

/** Numbers of connections: accepted so far, open now, and the most that were open at the same time. */
export interface Gauge {
  accepted: number;
  open: number;
  most: number;
}

/** A server that follows a script, and remembers its requests. */
export interface ScriptedServer {
  readonly port: number;
  /** `http://127.0.0.1:port` */
  readonly base: string;
  /** All complete requests so far, in order of arrival. */
  readonly requests: RawRequest[];
  /** Bytes of requests that never became complete, one entry for each connection. */
  readonly leftovers: Buffer[];
  readonly connections: Gauge;
  /** Ends all connections and stops listening. */
  close(): Promise<void>;
}

export interface ScriptedServerOptions {
  /** The answer after the end of the script. @default a 200 with the content "ok" */
  otherwise?: ServerEntry;
  /** @default any free port */
  port?: number;
  /** If several servers have the same one, it counts their connections together. */
  total?: Gauge;
}

/** 200, "ok". */
export const OK: ServerEntry = { send: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" };

/** `entry`, and after `ms` milliseconds these bytes. */
export function andThen(entry: ServerEntry, text: string, ms: number): ServerEntry {
  // biome-ignore lint/suspicious/noThenProperty: this is its name in the vectors, and nobody awaits an entry
  return { ...entry, then: text, then_ms: ms };
}

export function newGauge(): Gauge {
  return { accepted: 0, open: 0, most: 0 };
}

/** Starts a server on 127.0.0.1. It answers its first requests by the script, with one entry for each request. */
export async function startScriptedServer(
  script: readonly ServerEntry[] = [],
  options: ScriptedServerOptions = {},
): Promise<ScriptedServer> {
  const requests: RawRequest[] = [];
  const leftovers: Buffer[] = [];
  const connections = newGauge();
  const gauges = [connections, options.total ?? newGauge()];
  const sockets = new Set<Socket>();
  const answer = (request: RawRequest): ServerEntry => {
    requests.push(request);
    return script[requests.length - 1] ?? options.otherwise ?? OK;
  };
  const server = createServer({ allowHalfOpen: false, noDelay: true }, (socket) => {
    sockets.add(socket);
    for (const gauge of gauges) {
      gauge.accepted++;
      gauge.most = Math.max(gauge.most, ++gauge.open);
    }
    const reader = new RequestReader(socket, answer);
    socket.on("error", () => {});
    socket.on("close", () => {
      for (const gauge of gauges) gauge.open--;
      sockets.delete(socket);
      if (reader.pending.length > 0) leftovers.push(reader.pending);
    });
  });
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  };
  return { port, base: `http://127.0.0.1:${port}`, requests, leftovers, connections, close };
}

/** Reads the requests of one connection, and answers them one after the other. */
class RequestReader {
  pending: Buffer = Buffer.alloc(0);
  readonly #socket: Socket;
  readonly #answer: (request: RawRequest) => ServerEntry;
  #isAnswering = false;

  constructor(socket: Socket, answer: (request: RawRequest) => ServerEntry) {
    this.#socket = socket;
    this.#answer = answer;
    socket.on("data", (chunk) => {
      this.pending = Buffer.concat([this.pending, chunk]);
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#isAnswering) return;
    this.#isAnswering = true;
    for (let request = this.#take(); request !== null; request = this.#take()) {
      await play(this.#socket, this.#answer(request));
    }
    this.#isAnswering = false;
  }

  #take(): RawRequest | null {
    const request = takeRequest(this.pending);
    if (request !== null) this.pending = this.pending.subarray(request.raw.length);
    return request;
  }
}

async function play(socket: Socket, entry: ServerEntry): Promise<void> {
  if (entry.delay_ms) await pause(socket, entry.delay_ms);
  if (entry.send) socket.write(entry.send, "latin1");
  if (entry.then !== undefined) {
    await pause(socket, entry.then_ms ?? 0);
    socket.write(entry.then, "latin1");
  }
  if (entry.reset) await resetAfterWrites(socket);
  else if (entry.end) socket.end();
}

/** Waits for the writes first, because a reset drops what is not sent yet. */
function resetAfterWrites(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.write("", () => {
      reset(socket);
      resolve();
    });
  });
}

/** Waits, but only as long as the connection is open. */
function pause(socket: Socket, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    socket.once("close", done);
    function done(): void {
      clearTimeout(timer);
      socket.off("close", done);
      resolve();
    }
  });
}
