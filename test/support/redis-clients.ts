import { createRequire } from "node:module";
import type { RedisClient } from "../../host/fleet/redis/index.ts";
import { inRoot } from "./root.ts";

/** The packages that scripts/peers/redis-clients.js installs: each major version, and the one for Valkey. */
export const CLIENTS = ["redis4", "redis5", "redis6", "ioredis5", "ioredis6", "iovalkey"] as const;

export interface OpenClient {
  readonly client: RedisClient;
  close(): Promise<void>;
}

interface NodeRedis {
  connect(): Promise<unknown>;
  on(event: "error", listener: () => void): unknown;
  destroy?(): void;
  disconnect?(): Promise<void>;
}

interface IoRedis {
  on(event: "error", listener: () => void): unknown;
  disconnect(): void;
}

/** A client as an application has it, with the defaults of its package. */
export async function openClient(name: (typeof CLIENTS)[number], port: number): Promise<OpenClient> {
  const load = createRequire(inRoot(".cache/redis-clients/package.json"));
  const library = load(name);
  if (name.startsWith("io")) {
    const client: IoRedis = new library.Redis(port, "127.0.0.1");
    client.on("error", () => {});
    return { client: client as unknown as RedisClient, close: async () => client.disconnect() };
  }
  const client: NodeRedis = library.createClient({ url: `redis://127.0.0.1:${port}` });
  client.on("error", () => {});
  await client.connect();
  const close = async () => {
    if (client.destroy !== undefined) client.destroy();
    else await client.disconnect?.();
  };
  return { client: client as unknown as RedisClient, close };
}
