import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { buffer } from "node:stream/consumers";
import { inRoot } from "./root.ts";

/** The command line, as it is published: it starts in two thirds of the time that its many files need. */
export const MAIN = inRoot("dist/package/cli.js");

export interface CliOutcome {
  code: number | null;
  stdout: Buffer;
  stderr: string;
}

// With CI set, asc uses colours even without a terminal.
const CI = "true";

/** Starts the compiled command line with the current Node. `env` is added to the environment of this process. */
export function startCli(
  args: string[],
  env: Record<string, string> = {},
  cwd?: string,
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [MAIN, ...args], { env: { ...process.env, CI, ...env }, cwd });
}

/** Runs the compiled command line until it ends. */
export async function runCli(
  args: string[],
  input: string | Buffer = "",
  env: Record<string, string> = {},
): Promise<CliOutcome> {
  const child = startCli(args, env);
  // A command that does not read its input may have ended before the input is written.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  return outcomeOf(child);
}

export async function outcomeOf(child: ChildProcessWithoutNullStreams): Promise<CliOutcome> {
  const [stdout, stderr, code] = await Promise.all([
    buffer(child.stdout),
    buffer(child.stderr),
    new Promise<number | null>((resolve) => child.once("close", resolve)),
  ]);
  return { code, stdout, stderr: stderr.toString() };
}

/** Runs it with arguments of any bytes. A shell makes them, because Node could not pass them. */
export async function runCliWithBytes(args: readonly (string | Buffer)[]): Promise<CliOutcome> {
  const words = [process.execPath, MAIN, ...args].map((arg) => {
    const octal = [...Buffer.from(arg)].map((byte) => `\\${byte.toString(8).padStart(3, "0")}`);
    return `"$(printf '${octal.join("")}')"`;
  });
  const child = spawn("sh", ["-c", `exec ${words.join(" ")}`], { env: { ...process.env, CI } });
  child.stdin.end();
  return outcomeOf(child);
}
