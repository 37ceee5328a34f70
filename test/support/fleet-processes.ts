import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FleetStats } from "../../host/index.ts";
import { moduleUrl } from "../../host/package-root.ts";
import type { CLIENTS, RedisAddress } from "./redis-clients.ts";

export interface ProcessOrder {
  /** That of its fleet. */
  readonly name: string;
  readonly client: (typeof CLIENTS)[number];
  readonly url: string;
  readonly atOnce: number;
  /** Null without a fleet. */
  readonly redis: RedisAddress | null;
  readonly leaseMs: number;
  readonly timeoutMs: number;
  readonly whenLost?: "share" | "open" | "closed";
  readonly maxTotal: number;
  readonly maxHost: number;
}

export interface ProcessReport {
  done: number;
  failed: number;
  /** How many calls have ended in that of the loops that has ended fewest, since `forget`. */
  least: number;
  fleet: FleetStats | null;
}

/** A process that makes calls. */
export class CallingProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(order: ProcessOrder): Promise<CallingProcess> {
    const file = fileURLToPath(moduleUrl(new URL("./fleet-process.js", import.meta.url)));
    const child = fork(file, [JSON.stringify(order)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    await once(child, "message");
    return new CallingProcess(child);
  }

  async report(): Promise<ProcessReport> {
    this.#child.send("report");
    const [report] = (await once(this.#child, "message")) as [ProcessReport];
    return report;
  }

  /** Counts the calls of each loop from 0. */
  forget(): void {
    this.#child.send("forget");
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.send("stop");
    await exited;
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

/** A machine that does much else tells of a new connection before it tells that an old one has ended. */
const SEEN_AFTER_MS = 30;

/** Answers after 50 ms, and counts connections. */
export class CountingServer {
  open = 0;
  most = 0;
  served = 0;
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((_, response) => {
      setTimeout(() => {
        this.served++;
        response.end("ok");
      }, 50);
    });
    this.#server.on("connection", (socket) => {
      this.open++;
      socket.on("close", () => this.open--);
      setTimeout(setImmediate, SEEN_AFTER_MS, () => setImmediate(() => this.#count()));
    });
  }

  static async start(): Promise<CountingServer> {
    const server = new CountingServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  #count(): void {
    this.most = Math.max(this.most, this.open);
  }

  /** How many answers it gives in a second, for so long. */
  async measure(ms: number): Promise<number> {
    const [before, startedAt] = [this.served, performance.now()];
    await sleep(ms);
    return (this.served - before) / ((performance.now() - startedAt) / 1000);
  }

  /** From now on. */
  forgetMost(): void {
    this.most = this.open;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server.close(), "close");
    this.#server.closeAllConnections();
    await closed;
  }
}
