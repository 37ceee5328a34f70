import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { moduleUrl } from "../host/package-root.ts";

/** The kinds of servers in `server-process.ts`. */
export type Role = "gets" | "mebibytes" | "discards" | "waits" | "secure";

/** A server in its own process, so that its CPU time does not count for the client. */
export interface BenchServer extends AsyncDisposable {
  readonly url: string;
}

/** Starts a server on a free port of the loopback interface. */
export async function startServer(role: Role): Promise<BenchServer> {
  const child = fork(fileURLToPath(moduleUrl(new URL("./server-process.js", import.meta.url))), [role]);
  const [port] = (await Promise.race([once(child, "message"), exitOf(child)])) as [number];
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      const exited = once(child, "exit");
      child.disconnect();
      await exited;
    },
  };
}

async function exitOf(child: ChildProcess): Promise<never> {
  const [code] = await once(child, "exit");
  throw new Error(`the server ended with ${code}`);
}
