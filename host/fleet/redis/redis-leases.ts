import { createHash } from "node:crypto";
import type { LeaseServer, SyncReply, SyncRequest, Verdict } from "../lease-server.ts";
import type { Script, ScriptRunner } from "./client.ts";
import { explainFault, isUnknownScript } from "./faults.ts";
import { LEASE_SCRIPT, LEAVE_SCRIPT } from "./lease-script.ts";

/** If there are more processes than leases, each may keep one for this time before it is the turn of the next one. */
const TURN_MS = 1000;

const LEASE = scriptOf(LEASE_SCRIPT);
const LEAVE = scriptOf(LEAVE_SCRIPT);

/** The leases of one thread of one fleet, in Redis or Valkey. */
export class RedisLeases implements LeaseServer {
  readonly #runner: ScriptRunner;
  /** Between braces is what says to which slot of a cluster the keys belong: all to one. */
  readonly #prefix: string;

  constructor(runner: ScriptRunner, { fleet, thread }: { fleet: string; thread: string }) {
    this.#runner = runner;
    this.#prefix = `hb1:{${hash(JSON.stringify([fleet, thread]))}}:`;
  }

  async sync({ member, number, epoch, terms, longestMs, total, hosts }: SyncRequest): Promise<SyncReply> {
    const keys = this.#keys(hosts.map(({ host }) => host));
    const { leaseMs, maxTotal, maxHost } = terms;
    const settings = [leaseMs, Math.max(leaseMs, longestMs), TURN_MS, maxTotal, maxHost];
    const reports = [total, ...hosts].flatMap(({ held, used, want }) => [held, used, want]);
    const numbers = [number, epoch, ...settings, ...reports].map((value) => String(Math.round(value)));
    const args = [member, ...numbers];
    return readReply(await this.#run(LEASE, keys, args), hosts.length);
  }

  async leave(member: string, hosts: readonly string[]): Promise<void> {
    await this.#run(LEAVE, this.#keys(hosts), [member]);
  }

  #keys(hosts: readonly string[]): string[] {
    return ["total", "hosts", ...hosts.map(hash)].map((name) => this.#prefix + name);
  }

  async #run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    try {
      return await this.#runKnown(script, keys, args);
    } catch (error) {
      throw explainFault(error);
    }
  }

  async #runKnown(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    try {
      return await this.#runner.runKnown(script, keys, args);
    } catch (error) {
      if (!isUnknownScript(error)) throw error;
      return await this.#runner.run(script, keys, args);
    }
  }
}

/** @throws Error if it is not what the script returns */
function readReply(reply: unknown, hosts: number): SyncReply {
  const numbers = Array.isArray(reply) ? reply.map(Number) : [];
  const isWhole =
    numbers.length === 8 + 3 * hosts && numbers.every((value) => Number.isSafeInteger(value) && value >= 0);
  if (!isWhole)
    throw new Error("it does not answer as Redis does: the client may be of another kind, or too old");
  const [processes, epoch, leaseMs, maxTotal, maxHost, ...rest] = numbers as [
    number,
    number,
    number,
    number,
    number,
    ...number[],
  ];
  const [total, ...verdicts] = Array.from({ length: 1 + hosts }, (_, index): Verdict => {
    const [granted, giveUp, others] = rest.slice(3 * index) as [number, number, number];
    return { granted, giveUp, others };
  }) as [Verdict, ...Verdict[]];
  return { processes, epoch, terms: { leaseMs, maxTotal, maxHost }, total, hosts: verdicts };
}

function scriptOf(text: string): Script {
  return { text, sha: createHash("sha1").update(text).digest("hex") };
}

/** Names of threads and hosts may be long, and foreign. */
function hash(name: string): string {
  return createHash("sha256").update(name).digest("base64url").slice(0, 22);
}
