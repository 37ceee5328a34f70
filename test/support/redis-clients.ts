import { createRequire } from "node:module";
import type { RedisClient } from "../../host/fleet/redis/index.ts";
import { inRoot } from "./root.ts";

/** The packages that scripts/peers/redis-clients.js installs: each major version, and the one for Valkey. */
export const CLIENTS = ["redis4", "redis5", "redis6", "ioredis5", "ioredis6", "iovalkey"] as const;

/** Ports of loopback: of one server, of sentinels that know which server it is, or of nodes of a cluster. */
export type RedisAddress =
  | number
  | { readonly sentinels: readonly number[] }
  | { readonly cluster: readonly number[] };

/** What sentinels call the server. */
export const GROUP = "group";

export interface OpenClient {
  readonly client: RedisClient;
  close(): Promise<void>;
}

interface NodeRedis {
  connect(): Promise<unknown>;
  on(event: "error", listener: () => void): unknown;
  destroy?(): unknown;
  disconnect?(): Promise<void>;
}

interface IoRedis {
  on(event: "error", listener: () => void): unknown;
  disconnect(): void;
}

/** A client as an application has it, with the defaults of its package. @param options Of its connection to one server */
export async function openClient(
  name: (typeof CLIENTS)[number],
  address: RedisAddress,
  options: object = {},
): Promise<OpenClient> {
  const load = createRequire(inRoot(".cache/redis-clients/package.json"));
  const library = load(name);
  if (name.startsWith("io")) {
    const client = ioRedis(library, address, options);
    client.on("error", () => {});
    return { client: client as unknown as RedisClient, close: async () => client.disconnect() };
  }
  const client = nodeRedis(library, address, options);
  client.on("error", () => {});
  await client.connect();
  const close = async () => {
    if (client.destroy !== undefined) await client.destroy();
    else await client.disconnect?.();
  };
  return { client: client as unknown as RedisClient, close };
}

// biome-ignore lint/suspicious/noExplicitAny: packages in several versions, which the types of the tests do not know
function ioRedis(library: any, address: RedisAddress, options: object): IoRedis {
  if (typeof address === "number") return new library.Redis(address, "127.0.0.1", options);
  if ("cluster" in address) return new library.Cluster(address.cluster.map(toNode));
  return new library.Redis({ sentinels: address.sentinels.map(toNode), name: GROUP });
}

// biome-ignore lint/suspicious/noExplicitAny: as above
function nodeRedis(library: any, address: RedisAddress, socket: object): NodeRedis {
  const toUrl = (port: number) => ({ url: `redis://127.0.0.1:${port}` });
  if (typeof address === "number") return library.createClient({ ...toUrl(address), socket });
  if ("cluster" in address) return library.createCluster({ rootNodes: address.cluster.map(toUrl) });
  return library.createSentinel({ name: GROUP, sentinelRootNodes: address.sentinels.map(toNode) });
}

function toNode(port: number): { host: string; port: number } {
  return { host: "127.0.0.1", port };
}
