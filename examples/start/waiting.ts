import { setTimeout } from "node:timers/promises";
import type { ScriptRuntime } from "../../host/script/index.ts";
import type { Api } from "./api.ts";
import type { Page } from "./page.ts";

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
  /** How many runs wait at the same time. */
  readonly count: number;
}

/** Starts many runs, whose server does not answer until all of them wait. */
export async function waitTogether({ page, runtime, api, count }: Wait): Promise<void> {
  const shown = count.toLocaleString("en");
  page.title(`4. ${shown} scripts that wait at the same time`);
  page.quote(SOURCE);
  page.say("");
  const script = await runtime.compile({ name: "waiting.js", source: SOURCE });
  const idle = process.memoryUsage.rss();
  let ended = 0;
  let right = 0;
  const runs = Array.from({ length: count }, async () => {
    const { result } = await script.run("default", { args: [`${api.url}/slow`] });
    ended++;
    if (result === 200) right++;
  });
  const all = Promise.all(runs);
  let waiting = 0;
  while (waiting < count && ended === 0) {
    await Promise.race([all, setTimeout(LOOK_MS)]);
    waiting = runtime.stats().waiting;
    page.progress(waiting / count, `${waiting.toLocaleString("en")} wait`);
  }
  const kibibytes = (process.memoryUsage.rss() - idle) / 1024 / count;
  page.good(
    `${shown} scripts wait in this process. Each takes ${kibibytes.toFixed(1)} KiB, all that belongs to it included.`,
  );
  api.release();
  while (ended < count) {
    await Promise.race([all, setTimeout(LOOK_MS)]);
    page.progress(ended / count, `${ended.toLocaleString("en")} have ended`);
  }
  await all;
  page.good(`Then the server answers. ${right.toLocaleString("en")} of ${shown} ended with its answer.`);
}
