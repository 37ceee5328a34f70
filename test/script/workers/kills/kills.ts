import { setTimeout as pause } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { Random } from "../../../hostile/random.ts";
import { WorkerWorld } from "../../../support/worker-world.ts";

const WORKERS = 2;
/** Runs that go on at the same time. */
const AT_ONCE = 200;
/** Milliseconds between two ends of workers, at most. */
const LONGEST_MS = 60;

/** How runs ended whose workers were ended at random moments. */
export interface KillReport {
  readonly kills: number;
  /** Runs that came to their end, with the right output. */
  readonly right: number;
  /** Runs in which two workers were ended, and so the run. */
  readonly twice: number;
  /** What else happened: there must be nothing. */
  readonly wrong: readonly string[];
}

/** Starts so many runs of two requests each, and ends their workers meanwhile. */
export async function playKills(seed: number, runs: number): Promise<KillReport> {
  const the = await WorkerWorld.create();
  const runtime = the.runtime(WORKERS, { timeout: 600 });
  const script = await the.load(runtime);
  const random = new Random(seed);
  const wrong: string[] = [];
  let [left, right, twice, kills] = [runs, 0, 0, 0];
  const line = async (): Promise<void> => {
    while (left-- > 0) {
      try {
        const { output } = await the.ask(script);
        if (output === "okok") right++;
        else wrong.push(`the output ${output}`);
      } catch (error) {
        if ((error as { code?: unknown }).code === "SCRIPT_TRAPPED") twice++;
        else wrong.push(String(error));
      }
    }
  };
  let isOver = false;
  const all = Promise.all(Array.from({ length: AT_ONCE }, line)).finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await Promise.race([all, pause(random.below(LONGEST_MS))]);
    const living = the.started.filter(({ threadId }) => threadId !== -1);
    if (isOver || living.length === 0) continue;
    kills++;
    await (living[random.below(living.length)] as Worker).terminate();
  }
  const targets = the.world.server.requests.map(({ target }) => target);
  const twiceAsked = targets.length - new Set(targets).size;
  if (twiceAsked > 0) wrong.push(`${twiceAsked} requests were made twice`);
  await runtime.destroy();
  await the.close();
  return { kills, right, twice, wrong };
}
