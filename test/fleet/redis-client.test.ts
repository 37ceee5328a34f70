import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SyncReply, SyncRequest } from "../../host/fleet/lease-server.ts";
import { runnerOf } from "../../host/fleet/redis/client.ts";
import { type RedisClient, redisFleet } from "../../host/fleet/redis/index.ts";
import { RedisLeases } from "../../host/fleet/redis/redis-leases.ts";

const NOTHING = { held: 0, used: 0, want: 0 };
const REQUEST: SyncRequest = {
  member: "me",
  number: 7,
  epoch: 1234,
  terms: { maxTotal: 20, maxHost: 8, leaseMs: 9000 },
  longestMs: 12_000,
  total: { held: 3, used: 2, want: 1 },
  hosts: [{ host: "a.test:80", held: 2, used: 1, want: 4 }],
};
const REPLY: SyncReply = {
  processes: 5,
  epoch: 5678,
  terms: { maxTotal: 10, maxHost: 8, leaseMs: 12_000 },
  total: { granted: 1, giveUp: 0, others: 2 },
  hosts: [{ granted: 1, giveUp: 3, others: 4 }],
};
const ANSWER = [5, 5678, 12_000, 10, 8, 1, 0, 2, 1, 3, 4];

interface Command {
  readonly name: string;
  readonly script: string;
  readonly keys: readonly string[];
  readonly args: readonly string[];
}

type Answer = (command: Command) => unknown;

/** A client as the package `redis` makes them. */
function nodeRedis(answer: Answer): RedisClient {
  const run = (name: string) => async (script: string, given: { keys: string[]; arguments: string[] }) =>
    answer({ name, script, keys: given.keys, args: given.arguments });
  return { evalSha: run("EVALSHA"), eval: run("EVAL") };
}

/** A client as the package `ioredis` makes them. */
function ioRedis(answer: Answer): RedisClient {
  const run =
    (name: string) =>
    async (script: string, count: number, ...rest: string[]) =>
      answer({ name, script, keys: rest.slice(0, count), args: rest.slice(count) });
  return { evalsha: run("EVALSHA"), eval: run("EVAL") };
}

function leasesOf(client: RedisClient, thread = "t", fleet = "f"): RedisLeases {
  return new RedisLeases(runnerOf(client), { fleet, thread });
}

async function keysOf(thread: string, fleet: string, host = "a.test:80"): Promise<readonly string[]> {
  let keys: readonly string[] = [];
  const client = ioRedis((command) => {
    keys = command.keys;
    return ANSWER;
  });
  await leasesOf(client, thread, fleet).sync({ ...REQUEST, hosts: [{ host, ...NOTHING }] });
  return keys;
}

for (const [name, makeClient] of Object.entries({ redis: nodeRedis, ioredis: ioRedis })) {
  describe(`a client of the package ${name}`, () => {
    it("is asked for what the server knows, and told what it does not", async () => {
      const commands: Command[] = [];
      const client = makeClient((command) => {
        commands.push(command);
        if (command.name === "EVALSHA" && commands.length === 1)
          throw new Error("NOSCRIPT No matching script. Please use EVAL.");
        return ANSWER;
      });
      const leases = leasesOf(client);
      assert.deepEqual(await leases.sync(REQUEST), REPLY);
      assert.deepEqual(await leases.sync(REQUEST), REPLY);
      assert.deepEqual(
        commands.map((command) => command.name),
        ["EVALSHA", "EVAL", "EVALSHA"],
      );
      const [first, second] = commands as [Command, Command];
      assert.match(first.script, /^[0-9a-f]{40}$/);
      assert.match(second.script, /redis\.call\("TIME"\)/);
      const settings = ["9000", "12000", "1000", "20", "8"];
      assert.deepEqual(first.args, ["me", "7", "1234", ...settings, "3", "2", "1", "2", "1", "4"]);
      assert.equal(first.keys.length, 3);
    });

    it("gives everything back", async () => {
      const commands: Command[] = [];
      const client = makeClient((command) => commands.push(command));
      await leasesOf(client).leave("me", ["a.test:80", "b.test:80"]);
      assert.equal(commands[0]?.keys.length, 4);
      assert.deepEqual(commands[0]?.args, ["me"]);
    });

    for (const [error, sentence] of [
      ["READONLY You can't write against a read only replica.", /read-only replica/],
      ["WRONGTYPE Operation against a key holding the wrong kind of value", /another type/],
      [
        "ERR Error running script (call to f_1): @user_script:9: WRONGTYPE Operation against a key",
        /another type/,
      ],
      ["READONLY script: 7a, on @user_script:12.", /read-only replica/],
      [
        "ERR Error running script: @user_script: 3: -READONLY You can't write against a read only replica.",
        /replica/,
      ],
      ["NOAUTH Authentication required.", /password/],
      ["NOPERM User fleet has no permissions to run the 'evalsha' command", /EVALSHA/],
      [
        "ERR The user executing the script can't run this command or subcommand script: de33, on @user_script:6.",
        /user may not run scripts.*PEXPIRE/,
      ],
      [
        "ERR The user executing the script can't access at least one of the keys mentioned in the command arguments",
        /user may not run scripts.*~hb1/,
      ],
      ["ERR Protocol error: unauthenticated multibulk length", /wants a password/],
      ["OOM command not allowed when used memory > 'maxmemory'.", /maxmemory/],
      ["LOADING Redis is loading the dataset in memory", /starting/],
      ["ERR unknown command `EVALSHA`, with args beginning with: `7a`", /no scripts/],
      ["ERR Error running script: Write commands not allowed after non deterministic commands", /too old/],
      ["ERR unsupported command 'evalsha'", /no scripts.*Redis 5/],
      [
        "ERR Unknown Redis command called from script script: 7a, on @user_script:6.",
        /lacks a command.*TIME/,
      ],
      [
        "ERR Error running script (call to f_1): @user_script:6: @user_script: 6: Unknown Redis command called from Lua script",
        /disabled in it.*ZSCORE/,
      ],
      ["MOVED 3999 127.0.0.1:6381", /client must be one for clusters/],
      ["ASK 3999 127.0.0.1:6381", /client must be one for clusters/],
      ["CROSSSLOT Keys in request don't hash to the same slot", /prefix/],
      ["Connection in subscriber mode, only subscriber commands may be used", /needs another one/],
      [
        "ERR Can't execute 'evalsha': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
        /needs another one/,
      ],
      ["The client is closed", /has given up.*reconnectStrategy/],
      ["FORMAT its entries do not look as those of this process", /version of http-background/],
      ["Connection is closed.", /^Connection is closed\.$/],
    ] as const) {
      it(`is understood when it says ${error.slice(0, 60)}`, async () => {
        let asked = 0;
        const client = makeClient(() => {
          asked++;
          throw new Error(error);
        });
        await assert.rejects(leasesOf(client).sync(REQUEST), (found: Error) => {
          assert.match(found.message, sentence);
          assert.ok(found.message.includes(error));
          return true;
        });
        assert.equal(asked, 1, "it is not asked in another way");
      });
    }

    for (const answer of [
      null,
      "OK",
      true,
      [],
      [5, 1],
      ANSWER.slice(1),
      [...ANSWER, 4],
      [...ANSWER.slice(1), "x"],
      [...ANSWER.slice(1), -1],
    ]) {
      it(`is not believed when it answers ${JSON.stringify(answer)}`, async () => {
        await assert.rejects(leasesOf(makeClient(() => answer)).sync(REQUEST), /does not answer as Redis/);
      });
    }
  });
}

describe("the names in the server", () => {
  it("are those of one slot of a cluster, for one fleet and thread", async () => {
    const keys = await keysOf("t", "f");
    const slots = new Set(keys.map((key) => /\{(.*)\}/.exec(key)?.[1]));
    assert.equal(slots.size, 1);
  });

  it("are others for another fleet, thread or host", async () => {
    const total = async (thread: string, fleet: string) => (await keysOf(thread, fleet))[0];
    const names = await Promise.all([
      total("t", "f"),
      total("u", "f"),
      total("t", "g"),
      total("", "tf"),
      total("tf", ""),
    ]);
    assert.equal(new Set(names).size, 5);
    assert.notEqual((await keysOf("t", "f", "a:1"))[2], (await keysOf("t", "f", "b:1"))[2]);
  });

  it("do not tell, and are short, however long those of hosts are", async () => {
    const host = `${"secret".repeat(10_000)}:80`;
    for (const key of await keysOf("secret".repeat(1000), "f", host)) {
      assert.ok(key.length < 60, key);
      assert.ok(!key.includes("secret"), key);
    }
  });
});

describe("redisFleet", () => {
  const client = ioRedis(() => ANSWER);
  for (const wrong of [undefined, null, {}, "redis://127.0.0.1", { evalsha() {} }, { sendCommand() {} }]) {
    it(`refuses ${JSON.stringify(wrong)} as a client`, () => {
      assert.throws(() => redisFleet(wrong as unknown as RedisClient, { name: "f" }), {
        code: "BAD_CONFIG",
        option: "client",
      });
    });
  }

  for (const [option, options] of [
    ["options", undefined],
    ["name", {}],
    ["name", { name: "" }],
    ["name", { name: "x".repeat(257) }],
    ["leaseMs", { name: "f", leaseMs: 999 }],
    ["leaseMs", { name: "f", leaseMs: 600_001 }],
    ["leaseMs", { name: "f", leaseMs: Number.NaN }],
    ["timeoutMs", { name: "f", timeoutMs: 49 }],
    ["timeoutMs", { name: "f", leaseMs: 3000, timeoutMs: 1001 }],
    ["whenLost", { name: "f", whenLost: "shut" }],
    ["leaseMS", { name: "f", leaseMS: 5000 }],
  ] as const) {
    it(`refuses ${JSON.stringify(options)?.slice(0, 60)}`, () => {
      assert.throws(() => redisFleet(client, options as never), { code: "BAD_CONFIG", option });
    });
  }

  for (const options of [
    { name: "x".repeat(256) },
    { name: "f", leaseMs: 1000, timeoutMs: 50 },
    { name: "f", leaseMs: 600_000, timeoutMs: 200_000 },
    { name: "f", leaseMs: 3000, timeoutMs: 1000, whenLost: "closed" },
  ] as const) {
    it(`takes ${JSON.stringify(options).slice(0, 70)}`, () => {
      assert.equal(redisFleet(client, options).name, options.name);
    });
  }
});
