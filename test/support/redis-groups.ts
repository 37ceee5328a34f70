import { setTimeout as sleep } from "node:timers/promises";
import { GROUP, type RedisAddress } from "./redis-clients.ts";
import { RedisServer } from "./redis-server.ts";

/** After this time, the others take a server that is silent for dead. */
const DEAD_AFTER_MS = 1500;
const READY_WITHIN_MS = 30_000;
const SENTINELS = 3;
/** Those of each node of a cluster. A replica has none. */
const SLOTS = [["0", "16381"], null, ["16382", "16382"], ["16383", "16383"]] as const;

/** Servers that choose another primary when theirs is dead. */
export class RedisGroup {
  readonly address: RedisAddress;
  readonly #servers: RedisServer[];

  private constructor(address: RedisAddress, servers: RedisServer[]) {
    this.address = address;
    this.#servers = servers;
  }

  /** If it does not work, those that have started are stopped. */
  static async #start(
    address: RedisAddress,
    start: (servers: RedisServer[]) => Promise<void>,
  ): Promise<RedisGroup> {
    const servers: RedisServer[] = [];
    const group = new RedisGroup(address, servers);
    try {
      await start(servers);
    } catch (error) {
      await group[Symbol.asyncDispose]();
      throw error;
    }
    return group;
  }

  /** A primary, a replica, and three sentinels, of which two must agree. */
  static async ofSentinels(): Promise<RedisGroup> {
    const ports: number[] = [];
    return await RedisGroup.#start({ sentinels: ports }, async (servers) => {
      const primary = await RedisServer.start();
      servers.push(primary);
      const replica = await RedisServer.start("--replicaof", "127.0.0.1", `${primary.port}`);
      servers.push(replica);
      await until(replica, ["INFO", "replication"], "master_link_status:up");
      for (let index = 0; index < SENTINELS; index++) {
        const sentinel = await RedisServer.startSentinel(
          `sentinel monitor ${GROUP} 127.0.0.1 ${primary.port} 2`,
          `sentinel down-after-milliseconds ${GROUP} ${DEAD_AFTER_MS}`,
          `sentinel failover-timeout ${GROUP} 10000`,
        );
        servers.push(sentinel);
        ports.push(sentinel.port);
      }
      for (const sentinel of servers.slice(2))
        await until(sentinel, ["INFO", "sentinel"], `slaves=1,sentinels=${SENTINELS}`);
    });
  }

  /** A cluster of three primaries. The first one has nearly all slots, and a replica; the others vote. */
  static async ofCluster(): Promise<RedisGroup> {
    const ports: number[] = [];
    return await RedisGroup.#start({ cluster: ports }, async (servers) => {
      const options = ["--cluster-enabled", "yes", "--cluster-node-timeout", `${DEAD_AFTER_MS}`];
      for (const slots of SLOTS) {
        const node = await RedisServer.startAs("redis", ...options);
        servers.push(node);
        ports.push(node.port);
        await node.command("CLUSTER", "SET-CONFIG-EPOCH", `${servers.length}`);
        if (slots !== null) await node.command("CLUSTER", "ADDSLOTSRANGE", ...slots);
      }
      const [primary, replica] = servers as [RedisServer, RedisServer];
      for (const { port, busPort } of servers.slice(1))
        await primary.command("CLUSTER", "MEET", "127.0.0.1", `${port}`, `${busPort}`);
      for (const node of servers) {
        await until(node, ["CLUSTER", "INFO"], `cluster_known_nodes:${servers.length}`);
        await until(node, ["CLUSTER", "INFO"], "cluster_state:ok");
      }
      await replica.command("CLUSTER", "REPLICATE", await primary.command("CLUSTER", "MYID"));
      await until(replica, ["INFO", "replication"], "master_link_status:up");
      for (const node of servers) await until(node, ["CLUSTER", "NODES"], "slave");
    });
  }

  /** The primary is killed. Waits until the replica is the primary. */
  async failOver(): Promise<void> {
    await this.#servers[0]?.stop();
    await until(this.#servers[1] as RedisServer, ["ROLE"], "master");
  }

  /** How many keys of fleets the server has that counts at first. */
  async countKeys(): Promise<number> {
    return Number(await this.#servers[0]?.command("DBSIZE"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await server[Symbol.asyncDispose]();
  }
}

async function until(server: RedisServer, command: string[], text: string): Promise<void> {
  for (const end = Date.now() + READY_WITHIN_MS; !(await server.command(...command)).includes(text); ) {
    if (Date.now() > end) throw new Error(`${command.join(" ")} of port ${server.port} never says ${text}`);
    await sleep(50);
  }
}
