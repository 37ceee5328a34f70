import { fork } from "node:child_process";
import { once } from "node:events";
import { setImmediate } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import { createScriptRuntime } from "../../host/script/index.ts";
import type { HoldCase } from "./cases.ts";
import { MANY_CALLS } from "./script-calls.ts";

/** The best of so many: other programs, and the collector of garbage, come in between. */
const REPEATS = 5;

/** A client, and a server in a process of its own, so that what it costs is not the client's. */
export class HoldWorld implements AsyncDisposable {
  readonly #http: HttpBackground;
  readonly #server: string;
  readonly #stop: () => Promise<void>;

  private constructor(http: HttpBackground, server: string, stop: () => Promise<void>) {
    this.#http = http;
    this.#server = server;
    this.#stop = stop;
  }

  static async create(): Promise<HoldWorld> {
    const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
    const child = fork(fileURLToPath(new URL(`./server-process.${ending}`, import.meta.url)));
    const exited = once(child, "exit");
    const [port] = (await Promise.race([once(child, "message"), exited])) as [number];
    const http = await createHttpBackground({ threads: [{ id: "default" }] }, { env: {} });
    return new HoldWorld(http, `http://127.0.0.1:${port}`, async () => {
      await http.close();
      child.disconnect();
      await exited;
    });
  }

  /**
   * The longest that the event loop stands still, in milliseconds, while calls are made and answered: the less of the CPU
   * and of the time of a turn. Other threads of the process use CPU, and other processes take time.
   */
  async longestHold(one: HoldCase, part = 1): Promise<number> {
    let best = Number.POSITIVE_INFINITY;
    for (let left = REPEATS; left > 0; left--) best = Math.min(best, await this.#holdOnce(one, part));
    return best;
  }

  async #holdOnce(one: HoldCase, part: number): Promise<number> {
    const times = Math.ceil((one.times ?? 1) * part);
    const all = Array.from({ length: times }, () => one.prepare(this.#server, part));
    return longestTurn(() =>
      Promise.all(all.map((given) => this.#http.http_background("default", ...given))),
    );
  }

  /** The same while some runs of a script make so many calls each, with so many signed headers of 1,000 bytes. */
  async longestHoldOfScripts(runs: number, calls: number, headers: number): Promise<number> {
    const allow = ["http://127.0.0.1:*"];
    await using runtime = createScriptRuntime({ http: this.#http, allow });
    const script = await runtime.compile({ name: "calls.js", language: "javascript", source: MANY_CALLS });
    const args = [`${this.#server}/`, String(calls), String(headers)];
    let best = Number.POSITIVE_INFINITY;
    for (let left = REPEATS; left > 0; left--) {
      const run = () => script.run(undefined, { args });
      best = Math.min(best, await longestTurn(() => Promise.all(Array.from({ length: runs }, run))));
    }
    return best;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stop();
  }
}

async function longestTurn(begin: () => Promise<unknown>): Promise<number> {
  let isOver = false;
  let longest = 0;
  await setImmediate();
  let [lastCpu, lastTime] = [cpuMs(), performance.now()];
  const ended = begin().finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await setImmediate();
    const [cpu, time] = [cpuMs(), performance.now()];
    longest = Math.max(longest, Math.min(cpu - lastCpu, time - lastTime));
    [lastCpu, lastTime] = [cpu, time];
  }
  await ended;
  return longest;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
