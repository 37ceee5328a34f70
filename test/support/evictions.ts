import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { RedisServer } from "./redis-server.ts";

/** The server has room for so many of these values, besides what it has already. */
const VALUES = 4;
const VALUE_BYTES = 200_000;

/** A server whose memory is full: for what another program writes, it throws away keys of a fleet. */
export class Evictions {
  readonly #redis: RedisServer;
  /** How often each kind of key was thrown away. */
  readonly #seen = { total: 0, hosts: 0, host: 0 };
  #listener: ChildProcess | null = null;

  constructor(redis: RedisServer) {
    this.#redis = redis;
  }

  async begin(): Promise<void> {
    const redis = this.#redis;
    await redis.command("CONFIG", "SET", "notify-keyspace-events", "Ee");
    const args = [
      "-h",
      "127.0.0.1",
      "-p",
      `${redis.port}`,
      "--no-raw",
      "SUBSCRIBE",
      "__keyevent@0__:evicted",
    ];
    this.#listener = spawn("redis-cli", args, { stdio: ["ignore", "pipe", "ignore"] });
    if (this.#listener.stdout === null) throw new Error("no output");
    const lines = createInterface({ input: this.#listener.stdout });
    lines.on("line", (line) => this.#see(line));
    await once(lines, "line");
    const used = Number(/used_memory:([0-9]+)/.exec(await redis.command("INFO", "memory"))?.[1]);
    await redis.command("CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    await redis.command("CONFIG", "SET", "maxmemory", `${used + VALUES * VALUE_BYTES}`);
  }

  /** Writes until a kind of key was thrown away so often. @returns How often which kinds were */
  async see(kind: "total" | "hosts" | "host", times: number): Promise<object> {
    const write = `return redis.call("SET", KEYS[1], string.rep("x", ${VALUE_BYTES}))`;
    for (let value = 0; this.#seen[kind] < times; value++)
      await this.#redis.command("EVAL", write, "1", `other:${value}`);
    return this.#seen;
  }

  async end(): Promise<void> {
    await this.#redis.command("CONFIG", "SET", "maxmemory", "0");
  }

  #see(line: string): void {
    const end = /hb1:\{.*\}:([^"]*)/.exec(line)?.[1];
    if (end === undefined) return;
    this.#seen[end === "total" || end === "hosts" ? end : "host"]++;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const listener = this.#listener;
    if (listener === null) return;
    const exited = once(listener, "exit");
    listener.kill();
    await exited;
  }
}
