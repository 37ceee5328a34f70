import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** An address on loopback at which connections are neither accepted nor refused. */
export interface BlackHole {
  address: string;
  port: number;
  /** Closes everything before the test ends. */
  release(): void;
}

const ADDRESS = "127.0.0.9";
// A process that listens with the shortest backlog and never accepts, because the process is stopped.
const LISTENER = `
  const server = require("net").createServer();
  server.listen({ port: 0, host: "${ADDRESS}", backlog: 1 }, () => {
    process.stdout.write(server.address().port + "\\n", () => process.kill(process.pid, "SIGSTOP"));
  });`;
const FILLERS = 8;

/** Fills a backlog, so that the kernel drops every SYN that comes after. */
export async function fullBacklog(t: TestContext): Promise<BlackHole> {
  const child: ChildProcess = spawn(process.execPath, ["-e", LISTENER], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer];
  const port = Number(line.toString());
  const fillers: Socket[] = [];
  const release = (): void => {
    for (const socket of fillers) socket.destroy();
    child.stdout?.destroy();
    child.kill("SIGKILL");
  };
  t.after(release);
  await fill(fillers, port);
  return { address: ADDRESS, port, release };
}

/** Connects until two connections in a row are not accepted. If it is only one, it may just be slow. */
async function fill(fillers: Socket[], port: number): Promise<void> {
  let silent = 0;
  for (let index = 0; index < FILLERS && silent < 2; index++) {
    const socket = connect({ port, host: ADDRESS }).on("error", () => {});
    fillers.push(socket);
    const isAccepted = await Promise.race([
      once(socket, "connect").then(
        () => true,
        () => true,
      ),
      new Promise<boolean>((resolve) => setTimeout(resolve, 300, false)),
    ]);
    silent = isAccepted ? 0 : silent + 1;
  }
}
