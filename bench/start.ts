import { PackedProject } from "../test/support/packed-project.ts";
import { type Benchmark, median, type Row, spreadOf } from "./benchmark.ts";
import { startServer } from "./server.ts";

const ROUNDS = 15;
const PROGRAM = "start-program.mjs";

/** The packed package in a project that has nothing else. The processes of the clients alternate. */
export const start: Benchmark = {
  name: "start",
  about: "a new process, from its first import to its first result: the packed package against undici",
  async run() {
    await using server = await startServer("gets");
    const project = await PackedProject.create();
    try {
      project.copy(`bench/${PROGRAM}`, PROGRAM);
      const cpu = async (client: string): Promise<number> =>
        Number(await project.run(process.execPath, PROGRAM, client, server.url));
      const own: number[] = [];
      const undici: number[] = [];
      // The first round fills the file cache.
      for (let round = -1; round < ROUNDS; round++) {
        const [first, second] = [await cpu("plugin"), await cpu("undici")];
        if (round < 0) continue;
        own.push(first);
        undici.push(second);
      }
      const ratios = own.map((ms, round) => ms / (undici[round] ?? Number.NaN));
      return [
        toCpuRow("http_background", own, true),
        toCpuRow("undici", undici, false),
        {
          what: "times the CPU of undici",
          value: median(ratios),
          spread: spreadOf(ratios),
          unit: "times",
          target: { most: 1 },
        },
      ];
    } finally {
      project.remove();
    }
  },
};

function toCpuRow(name: string, ms: readonly number[], isOwn: boolean): Row {
  return { what: `${name}, CPU`, value: median(ms), spread: spreadOf(ms), unit: "ms", bar: { name, isOwn } };
}
