import type { Commands } from "./command.ts";

/** All commands. */
export const COMMANDS: Commands = new Map([
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
  [
    "test",
    {
      summary: "test scripts without a network",
      load: async () => (await import("./test.ts")).test,
    },
  ],
  [
    "completion",
    {
      summary: "print a script with which a shell completes commands",
      load: async () => (await import("./completion.ts")).completion,
    },
  ],
]);
