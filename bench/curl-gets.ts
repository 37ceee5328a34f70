import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { median, type Row, spreadOf } from "./benchmark.ts";

const CALLS = 4000;
const ROUNDS = 5;
/** The last line of `times`: minutes and seconds of the shell's children, user and system. */
const TIMES = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/;

/** Whether there is a curl, with a feature if one is named. */
export function hasCurl(feature = ""): boolean {
  const { status, stdout } = spawnSync("curl", ["--version"], { encoding: "utf8" });
  return status === 0 && stdout.includes(feature);
}

/**
 * The CPU of one request of `curl --parallel`.
 *
 * @param words the arguments that make it send so many requests
 */
export async function measureCurl(
  what: string,
  atOnce: number,
  words: (count: number) => readonly string[],
): Promise<Row> {
  const all = ["curl", "--parallel", "--parallel-max", String(atOnce), "-o", "/dev/null", ...words(CALLS)];
  const micros: number[] = [];
  for (let round = 0; round < ROUNDS; round++) micros.push(await microsOf(all));
  return { what, value: median(micros), spread: spreadOf(micros), unit: "µs" };
}

/** Only a shell tells the CPU of a process that has ended. */
async function microsOf(words: readonly string[]): Promise<number> {
  const shell = spawn("sh", ["-c", '"$@"; times', "sh", ...words], { stdio: ["ignore", "pipe", "ignore"] });
  const [printed] = await Promise.all([text(shell.stdout), once(shell, "exit")]);
  const [, userMinutes = 0, userSeconds = 0, minutes = 0, seconds = 0] = (TIMES.exec(printed) ?? []).map(
    Number,
  );
  return ((60 * (userMinutes + minutes) + userSeconds + seconds) * 1e6) / CALLS;
}
