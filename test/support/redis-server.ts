import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, connect as dial } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { inRoot } from "./root.ts";

const run = promisify(execFile);
const CONFIGURATION = "redis.conf";
const READY_WITHIN_MS = 20_000;

/** The servers that count leases, by their names. */
export const SERVERS = {
  redis: "redis-server",
  valkey: inRoot(".cache/valkey/usr/bin/valkey-server"),
} as const;

const WITHOUT_DISK = ["--save", "", "--appendonly", "no"];
const CLUSTER = "--cluster-enabled";

/** A server of Debian's, on a port of loopback. It keeps nothing on disk. */
export class RedisServer {
  readonly port: number;
  /** Where nodes of a cluster talk to each other. */
  busPort = 0;
  readonly #folder = mkdtempSync(join(tmpdir(), "redis-"));
  readonly #file: string;
  readonly #args: readonly string[];
  #program: ChildProcess | null = null;

  private constructor(port: number, program: string, args: readonly string[]) {
    this.port = port;
    this.#file = program;
    this.#args = args;
  }

  /** @param args Of the command line, such as `--replicaof 127.0.0.1 6379` */
  static async start(...args: string[]): Promise<RedisServer> {
    return await RedisServer.startAs("redis", ...args);
  }

  static async startAs(name: keyof typeof SERVERS, ...args: string[]): Promise<RedisServer> {
    // By default it is 10,000 above the other, which may be more than there are.
    const busPort = args.includes(CLUSTER) ? await freePort() : 0;
    const bus = busPort === 0 ? [] : ["--cluster-port", `${busPort}`];
    const server = new RedisServer(await freePort(), SERVERS[name], [...WITHOUT_DISK, ...args, ...bus]);
    server.busPort = busPort;
    await server.start();
    return server;
  }

  /** A sentinel, which writes into its configuration. */
  static async startSentinel(...lines: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), SERVERS.redis, ["--sentinel"]);
    writeFileSync(join(server.#folder, CONFIGURATION), lines.map((line) => `${line}\n`).join(""));
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const file = existsSync(join(this.#folder, CONFIGURATION)) ? [CONFIGURATION] : [];
    const args = [...file, "--port", `${this.port}`, "--bind", "127.0.0.1"];
    const options = { cwd: this.#folder, stdio: "ignore" } as const;
    this.#program = spawn(this.#file, [...args, ...this.#args], options);
    for (const end = Date.now() + READY_WITHIN_MS; ; await sleep(20)) {
      if ((await this.command("PING").catch(() => "")) === "PONG") return;
      if (Date.now() > end) throw new Error(`${this.#file} does not start`);
    }
  }

  /** What redis-cli prints. */
  async command(...args: string[]): Promise<string> {
    const { stdout } = await run("redis-cli", ["-h", "127.0.0.1", "-p", `${this.port}`, "-e", ...args]);
    return stdout.trim();
  }

  /** It stands still, or goes on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void {
    this.#program?.kill(name);
  }

  async stop(): Promise<void> {
    const program = this.#program;
    if (program === null) return;
    this.#program = null;
    const exited = once(program, "exit");
    program.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** What clients connect to: it leads to one server, and then to another. */
export class Switch {
  readonly #listener = createServer((client) => {
    const server = dial(this.#port, "127.0.0.1");
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        this.#sockets.delete(from);
        to.destroy();
      });
      from.on("data", (bytes) => {
        if (!this.#mute.has(client)) to.write(bytes);
      });
    }
  });
  /** Connections of clients on which nothing comes and goes any more. */
  readonly #mute = new WeakSet<ReturnType<typeof dial>>();
  readonly #sockets = new Set<ReturnType<typeof dial>>();
  #port: number;

  private constructor(port: number) {
    this.#port = port;
  }

  static async to(port: number): Promise<Switch> {
    const found = new Switch(port);
    found.#listener.listen(0, "127.0.0.1");
    await once(found.#listener, "listening");
    return found;
  }

  get port(): number {
    return (this.#listener.address() as { port: number }).port;
  }

  /** Connections to the server before are closed. */
  turn(port: number): void {
    this.#port = port;
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Nothing comes and goes any more on the connections that there are, and nobody is told. */
  mute(): void {
    for (const socket of this.#sockets) this.#mute.add(socket);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.turn(0);
    this.#listener.close();
    await once(this.#listener, "close");
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await once(server.close(), "close");
  return port;
}
