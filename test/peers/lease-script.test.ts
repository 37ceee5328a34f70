import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, it } from "node:test";
import type { HostReport, SyncReply, SyncRequest } from "../../host/fleet/lease-server.ts";
import { runnerOf } from "../../host/fleet/redis/client.ts";
import { LEASE_SCRIPT } from "../../host/fleet/redis/lease-script.ts";
import { RedisLeases } from "../../host/fleet/redis/redis-leases.ts";
import { LeaseServerDouble } from "../support/lease-server-double.ts";
import { ManualClock } from "../support/manual-clock.ts";
import { openClient } from "../support/redis-clients.ts";
import { RedisServer, SERVERS } from "../support/redis-server.ts";

/** Much longer than the test: the time of Redis itself passes, too. */
const LEASE_MS = 600_000;
const STEPS = 1500;
const TIME = 'redis.call("TIME")';

/** A client whose server believes that it is the time of the test. */
function atTime(client: Awaited<ReturnType<typeof openClient>>["client"], now: () => number): Sync {
  const runner = runnerOf(client);
  assert.equal(LEASE_SCRIPT.split(TIME).length, 2);
  const at = {
    run: (script: { text: string; sha: string }, keys: readonly string[], args: readonly string[]) => {
      const [seconds, rest] = [Math.floor(now() / 1000), (now() % 1000) * 1000];
      const text = script.text.replace(TIME, `{ "${seconds}", "${rest}" }`);
      return runner.run({ ...script, text }, keys, args);
    },
  };
  const leases = new RedisLeases({ runKnown: at.run, run: at.run }, { fleet: "compared", thread: "t" });
  return (request) => leases.sync({ ...TERMS, ...request });
}

/** What every process has, if it does not say otherwise. */
const LIMITS = { maxTotal: 9, maxHost: 4 };
const TERMS = { terms: { ...LIMITS, leaseMs: LEASE_MS }, longestMs: 0 };
type Request = Omit<SyncRequest, "terms" | "longestMs"> & Partial<SyncRequest>;
type Sync = (request: Request) => Promise<SyncReply>;

const ENDS = { total: "total", list: "hosts" } as const;

/** How the name of the key ends that has the leases of a host. */
function endOf(host: string): string {
  return createHash("sha256").update(host).digest("base64url").slice(0, 22);
}

/** The server throws one key away, as it does if its memory is full. */
async function evict(redis: RedisServer, end: string): Promise<void> {
  const keys = (await redis.command("KEYS", "hb1:*")).split("\n");
  const key = keys.find((name) => name.endsWith(`:${end}`));
  if (key !== undefined) await redis.command("DEL", key);
}

function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Both forget the same thing. */
async function evictSometimes(
  redis: RedisServer,
  double: LeaseServerDouble,
  random: (below: number) => number,
): Promise<void> {
  if (random(20) > 0) return;
  const host = ["a:1", "b:1", "c:1"][random(3)] ?? "";
  const lost = (["total", "list"] as const)[random(6)];
  double.evict(lost ?? { host });
  await evict(redis, lost === undefined ? endOf(host) : ENDS[lost]);
}

for (const kind of Object.keys(SERVERS) as (keyof typeof SERVERS)[])
  describe(`the script in ${kind}`, () => {
    let redis: RedisServer;
    let opened: Awaited<ReturnType<typeof openClient>>;
    before(async () => {
      redis = await RedisServer.startAs(kind);
      opened = await openClient("ioredis5", redis.port);
    });
    after(async () => {
      await opened.close();
      await redis[Symbol.asyncDispose]();
    });

    for (const seed of [1, 2, 3]) {
      it(`answers as the double of the other tests, with seed ${seed}`, { timeout: 120_000 }, async () => {
        await redis.command("FLUSHALL");
        const random = randomOf(seed);
        const clock = new ManualClock();
        await clock.pass(1_800_000_000_000);
        // The clock of the server may be set back.
        let setBackMs = 0;
        const now = () => clock.now() - setBackMs;
        const double = new LeaseServerDouble(clock);
        const sync = atTime(opened.client, now);
        const report = () => {
          const held = random(4);
          return { held, used: random(held + 1), want: random(5) };
        };
        const terms = Array.from({ length: 12 }, (_, index) => ({
          maxTotal: index % 3 === 0 ? ([0, 9, 5, 30][random(4)] ?? 0) : LIMITS.maxTotal,
          maxHost: index % 3 === 0 ? ([0, 4, 2, 9][random(4)] ?? 0) : LIMITS.maxHost,
          leaseMs: seed === 1 ? LEASE_MS : LEASE_MS * (0.6 + random(5) / 10),
        }));
        let [epoch, longestMs] = [0, 0];
        for (let number = 1; number <= STEPS; number++) {
          const hosts = ["a:1", "b:1", "c:1"]
            .slice(0, random(4))
            .map((host): HostReport => ({ host, ...report() }));
          const member = random(12);
          const request: SyncRequest = {
            member: `m${member}`,
            number,
            terms: terms[member] as SyncRequest["terms"],
            longestMs: [0, longestMs][random(2)] ?? 0,
            epoch: [0, 1, now(), epoch][random(4)] ?? 0,
            total: report(),
            hosts,
          };
          const answer = await sync(request);
          assert.deepEqual(answer, double.decide(request, now()), `question ${number}`);
          epoch = answer.epoch;
          longestMs = answer.terms.leaseMs;
          if (random(10) === 0) await clock.pass(random(2000));
          if (random(30) === 0) await clock.pass(random(LEASE_MS / 2));
          if (random(30) === 0)
            setBackMs += [random(2000), random(LEASE_MS), random(5 * LEASE_MS)][random(3)] ?? 0;
          await evictSometimes(redis, double, random);
        }
      });
    }

    for (const lost of ["total", "hosts", endOf("a:1")]) {
      it(`does not give out what is held, if it has thrown away only ${lost}`, async () => {
        await redis.command("FLUSHALL");
        let now = 1_800_000_000_000;
        const sync = atTime(opened.client, () => now);
        let number = 0;
        const ask = (member: string, held: number, want: number) => {
          const report = { held, used: held, want };
          return sync({
            member,
            number: ++number,
            epoch: 0,
            total: report,
            hosts: [{ ...report, host: "a:1" }],
          });
        };
        assert.equal((await ask("first", 0, 2)).hosts[0]?.granted, 2);
        assert.equal((await ask("second", 0, 2)).hosts[0]?.granted, 2);
        await evict(redis, lost);
        assert.equal((await ask("new", 0, 4)).hosts[0]?.granted, 0);
        assert.equal((await ask("first", 2, 0)).processes, lost === "total" ? 2 : 3);
        now += LEASE_MS / 3 - 1;
        assert.equal((await ask("new", 0, 4)).hosts[0]?.granted, 0, "not all have told it what they hold");
        await ask("second", 2, 0);
        now += 1;
        assert.equal((await ask("new", 0, 4)).hosts[0]?.granted, 0, "others hold all");
        await ask("second", 0, 0);
        assert.equal((await ask("new", 0, 4)).hosts[0]?.granted, 2);
      });
    }

    it("gives out leases of a host at once whose key has expired, or that nobody uses any more", async () => {
      await redis.command("FLUSHALL");
      let now = 1_800_000_000_000;
      const sync = atTime(opened.client, () => now);
      let number = 0;
      const ask = async (member: string, held: number, want: number) => {
        const report = { held, used: held, want };
        const hosts = [{ ...report, host: "a:1" }];
        const answer = await sync({ member, number: ++number, epoch: 0, total: report, hosts });
        return answer.hosts[0]?.granted;
      };
      assert.equal(await ask("first", 0, 4), 4);
      assert.equal(await ask("first", 0, 0), 0);
      assert.equal(await ask("second", 0, 4), 4, "it was given back");
      now += LEASE_MS;
      await evict(redis, endOf("a:1"));
      assert.equal(await ask("first", 0, 4), 4);
    });

    it("keeps nobody waiting for as long as its clock was set back", async () => {
      await redis.command("FLUSHALL");
      const dayMs = 24 * 60 * 60 * 1000;
      let now = 1_800_000_000_000;
      const sync = atTime(opened.client, () => now);
      let number = 0;
      const ask = (member: string, held: number, epoch = 0) => {
        const total = { held, used: held, want: LIMITS.maxTotal };
        const host = { ...total, host: "a:1", want: LIMITS.maxHost - held };
        return sync({ member, number: ++number, epoch, total, hosts: [host] });
      };
      // It has lost what it knew of another time, and gives out nothing for a while.
      assert.equal((await ask("dead", 0, 1)).total.granted, 0);
      now += LEASE_MS / 2;
      assert.equal((await ask("dead", 0)).total.granted, LIMITS.maxHost);
      await ask("quiet", 0, 1);
      now -= dayMs;
      const others = Array.from({ length: LIMITS.maxHost + 1 }, (_, index) => `m${index}`);
      const held = new Map(others.map((member) => [member, 0]));
      const served = new Set<string>();
      for (let turn = 0; turn < 4 * others.length; turn++) {
        for (const member of others) {
          const { hosts } = await ask(member, held.get(member) ?? 0);
          const { granted = 0, giveUp = 0 } = hosts[0] ?? {};
          held.set(member, (held.get(member) ?? 0) + granted - giveUp);
          if ((held.get(member) ?? 0) > 0) served.add(member);
        }
        now += LEASE_MS / 10;
        // Everybody has begun to wait, or to hold, before this.
        if (turn === 0) now -= dayMs;
      }
      assert.equal(served.size, others.length, [...served].join());
    });

    it("has all its keys in one slot of a cluster", async () => {
      await using cluster = await RedisServer.startAs(kind, "--cluster-enabled", "yes");
      await cluster.command("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
      while (!(await cluster.command("CLUSTER", "INFO")).includes("cluster_state:ok"));
      const member = await openClient("ioredis5", cluster.port);
      const leases = new RedisLeases(runnerOf(member.client), { fleet: "f", thread: "t" });
      const hosts = ["a:1", "b:1", "c:1"].map((host) => ({ host, held: 0, used: 0, want: 1 }));
      const total = { held: 0, used: 0, want: 3 };
      const reply = await leases.sync({ ...TERMS, member: "m", number: 1, epoch: 0, total, hosts });
      assert.equal(reply.total.granted, 3);
      await leases.leave("m", ["a:1", "b:1", "c:1"]);
      await member.close();
    });

    it("refuses what is older than what it has heard", async () => {
      const leases = new RedisLeases(runnerOf(opened.client), { fleet: "f", thread: "old" });
      const request = { ...TERMS, member: "m", epoch: 0, total: { held: 1, used: 1, want: 0 }, hosts: [] };
      await leases.sync({ ...request, number: 8 });
      await leases.sync({ ...request, number: 8 });
      await assert.rejects(leases.sync({ ...request, number: 7 }), /newer question/);
    });

    it("leaves nothing that does not expire, and nothing of who has left", async () => {
      await redis.command("FLUSHALL");
      const leases = new RedisLeases(runnerOf(opened.client), { fleet: "f", thread: "t" });
      const hosts = ["a:1", "b:1"];
      await leases.sync({
        ...TERMS,
        member: "m",
        number: 1,
        epoch: 0,
        total: { held: 1, used: 1, want: 3 },
        hosts: hosts.map((host) => ({ host, held: 0, used: 0, want: 2 })),
      });
      const keys = (await redis.command("KEYS", "*")).split("\n");
      assert.equal(keys.length, 4);
      for (const key of keys) {
        const left = Number(await redis.command("PTTL", key));
        assert.ok(left > 0 && left <= LEASE_MS, `${key}: ${left}`);
      }
      await leases.leave("m", hosts);
      assert.equal(await redis.command("DBSIZE"), "0");
    });
  });
