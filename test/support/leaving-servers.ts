import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { certificates } from "./certificates.ts";

/**
 * Servers that answer "large" and close the connection although more data comes. They run in their own process, because
 * in this process they could not close while a write is running.
 */
export interface LeavingServers {
  /** The port of each server, by what it does. Names that end with S use TLS. */
  ports: Readonly<Record<string, number>>;
  stop(): void;
}

const SERVERS = `
  const { cert, key } = JSON.parse(process.argv[1]);
  const answer = "HTTP/1.1 413 X\\r\\nContent-Length: 5\\r\\n\\r\\nlarge";
  const closing = answer.replace("X\\r\\n", "X\\r\\nConnection: close\\r\\n");
  const endless = answer.replace("Content-Length: 5\\r\\n", "");
  const answering = (text) => (socket) => { socket.pause(); socket.write(text, () => socket.destroy()); };
  const atOnce = (text) => (socket) => socket.once("data", () => answering(text)(socket));
  const does = {
    keepAlive: atOnce(answer),
    close: atOnce(closing),
    half: (socket) => socket.once("data", () => {
      socket.pause();
      socket.end(closing, () => setImmediate(() => socket.destroy()));
    }),
    endless: (socket) => socket.once("data", () => socket.end(endless)),
    unread: answering(closing),
    late: (socket) => {
      let size = 0;
      socket.on("data", (chunk) => {
        if (size < 3e6 && (size += chunk.length) >= 3e6) answering(closing)(socket);
      });
    },
  };
  const ports = {};
  const start = (name, server) => server.listen(0, "127.0.0.1", () => {
    ports[name] = server.address().port;
    if (Object.keys(ports).length === 2 * Object.keys(does).length) console.log(JSON.stringify(ports));
  });
  for (const [name, behave] of Object.entries(does)) {
    const ready = (socket) => behave(socket.on("error", () => {}));
    start(name, require("net").createServer({ noDelay: true }, ready));
    start(name + "S", require("tls").createServer({ cert, key, noDelay: true }, ready));
  }`;

/** Starts all of them. */
export async function startLeavingServers(): Promise<LeavingServers> {
  const { cert, key } = certificates().good;
  const child: ChildProcess = spawn(process.execPath, ["-e", SERVERS, JSON.stringify({ cert, key })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [line] = (await once(child.stdout ?? child, "data")) as [Buffer];
  const stop = (): void => {
    child.stdout?.destroy();
    child.kill("SIGKILL");
  };
  return { ports: JSON.parse(line.toString()), stop };
}
