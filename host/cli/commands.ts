import type { Command } from "./command.ts";

interface CommandEntry {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loads the command when it is named, so that `--help` need not wait for the network's code. */
  load(): Promise<Command>;
}

/** The commands by their names, in the order of the list in `--help`. */
export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map([
  [
    "call",
    {
      summary: "do one request and print the result",
      load: async () => (await import("./call.ts")).call,
    },
  ],
  [
    "explain",
    {
      summary: "say whether a policy allows a request, and why, without sending it",
      load: async () => (await import("./explain.ts")).explain,
    },
  ],
  [
    "run",
    {
      summary: "run a script in the sandbox",
      load: async () => (await import("./run.ts")).run,
    },
  ],
  [
    "build",
    {
      summary: "compile a script for the sandbox",
      load: async () => (await import("./build.ts")).build,
    },
  ],
]);
