import { setTimeout } from "node:timers/promises";
import type { Script, ScriptRuntime } from "../../host/script/index.ts";
import type { Api } from "./api.ts";
import type { Page } from "./page.ts";

const MOST = 100_000;

/** How long scripts are started, unless their number was given. A slow machine has fewer of them then. */
const START_MS = 15_000;

/** More than a waiting script takes. They may take half of the free memory. */
const BYTES_EACH = 20_000;

/** How many may be on their way to their request. */
const STARTING = 1000;

/** Between two looks at the counts, which take some milliseconds if there are very many runs. */
const LOOK_MS = 100;

const SOURCE = `import { args, http_background } from "http-background/guest";

export default async function main() {
  const reply = await http_background("default", String(args()[0]));
  return reply.status;
}
`;

interface Wait {
  readonly page: Page;
  readonly runtime: ScriptRuntime;
  readonly api: Api;
  /** How many runs wait, however long it takes to start them. By default as many as this machine starts soon. */
  readonly count: number | undefined;
}

/** Starts many runs, whose server does not answer until all of them wait. */
export async function waitTogether({ page, runtime, api, count }: Wait): Promise<void> {
  const most = count ?? Math.min(MOST, Math.floor(process.availableMemory() / 2 / BYTES_EACH));
  page.title("4. Very many scripts that wait at the same time");
  page.quote(SOURCE);
  page.say("");
  const script = await runtime.compile({ name: "waiting.js", source: SOURCE });
  const idle = runtime.stats().memoryBytes;
  const limitMs = count === undefined ? START_MS : Number.POSITIVE_INFINITY;
  const bound = count === undefined ? `, or as many as ${START_MS / 1000} seconds allow` : "";
  page.say(`${show(most)} of them are started${bound} …`);
  const crowd = new Crowd(runtime, script, `${api.url}/slow`);
  await crowd.start(most, limitMs, (waiting) => page.progress(waiting / most, `${show(waiting)} wait`));
  const { size } = crowd;
  const kibibytes = (runtime.stats().memoryBytes - idle) / 1024 / size;
  const mebibytes = Math.round(process.memoryUsage.rss() / 1024 / 1024);
  page.good(`${show(size)} scripts wait in this process, which has ${show(mebibytes)} MiB now.`);
  page.good(
    `The runtime counts ${kibibytes.toFixed(1)} KiB for each: its saved memory, and what the host keeps of it.`,
  );
  if (size < most) page.say(`npm start -- --waiting ${most} starts ${show(most)}, however long that takes.`);
  page.say("Now the server answers …");
  api.release();
  await crowd.end((ended) => page.progress(ended / size, `${show(ended)} have ended`));
  page.good(`${show(crowd.right)} of ${show(size)} ended with its answer.`);
}

/** Runs of one script. */
class Crowd {
  /** How many ended with the status 200. */
  right = 0;
  #ended = 0;
  #size = 0;
  #failure: unknown;
  readonly #runtime: ScriptRuntime;
  readonly #script: Script;
  readonly #url: string;

  constructor(runtime: ScriptRuntime, script: Script, url: string) {
    this.#runtime = runtime;
    this.#script = script;
    this.#url = url;
  }

  get size(): number {
    return this.#size;
  }

  /** Starts runs until there are so many, or the time is over. Then all of them wait. */
  async start(most: number, limitMs: number, onLook: (waiting: number) => void): Promise<void> {
    const endMs = performance.now() + limitMs;
    let waiting = 0;
    do {
      const room = performance.now() < endMs ? Math.min(most, waiting + STARTING) : this.#size;
      for (; this.#size < room; this.#size++) void this.#run();
      await this.#pause();
      waiting = this.#runtime.stats().waiting;
      onLook(waiting);
    } while (waiting < this.#size || (this.#size < most && performance.now() < endMs));
  }

  /** Waits until all have ended. */
  async end(onLook: (ended: number) => void): Promise<void> {
    while (this.#ended < this.#size) {
      await this.#pause();
      onLook(this.#ended);
    }
  }

  async #run(): Promise<void> {
    try {
      const { result } = await this.#script.run("default", { args: [this.#url] });
      if (result === 200) this.right++;
    } catch (error) {
      this.#failure ??= error;
    }
    this.#ended++;
  }

  /** @throws What a run was ended with */
  async #pause(): Promise<void> {
    await setTimeout(LOOK_MS);
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function show(count: number): string {
  return count.toLocaleString("en");
}
