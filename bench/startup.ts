import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { moduleUrl } from "../host/package-root.ts";
import { type Benchmark, median } from "./benchmark.ts";
import { startServer } from "./server.ts";

const ROUNDS = 9;

/** The time until the first result of a new process. The processes of the clients alternate. */
export const startup: Benchmark = {
  name: "startup",
  about: "a new process, from its first import to its first result",
  async run() {
    await using server = await startServer("gets");
    const own: number[] = [];
    const undici: number[] = [];
    // The first round fills the file cache.
    for (let round = -1; round < ROUNDS; round++) {
      const [first, second] = [
        await firstResult("plugin", server.url),
        await firstResult("undici", server.url),
      ];
      if (round < 0) continue;
      own.push(first);
      undici.push(second);
    }
    return [
      { what: "http_background", value: median(own), unit: "ms" },
      { what: "undici.request", value: median(undici), unit: "ms" },
      {
        what: "over undici.request",
        value: median(own.map((ms, round) => ms - (undici[round] ?? Number.NaN))),
        unit: "ms",
        target: { most: 100 },
      },
    ];
  },
};

async function firstResult(client: "plugin" | "undici", url: string): Promise<number> {
  const script = fileURLToPath(moduleUrl(new URL("./startup-process.js", import.meta.url)));
  const { stdout } = await promisify(execFile)(process.execPath, [script, client, url]);
  return Number(stdout);
}
