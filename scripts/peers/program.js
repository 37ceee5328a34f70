// A program that runs while the tests run. It starts in the foreground, is ready when its port answers, and is stopped
// by its process id.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readdirSync, readFileSync, statSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_WITHIN_MS = 60_000;
const STOPPED_WITHIN_MS = 10_000;

/** Finds `count` free ports on loopback. */
export async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => server.address().port);
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

const running = [];

/** Has it stopped by `stopAll`, whatever happens. */
export function keep(program) {
  running.push(program);
}

/** Stops all programs, the last one first. */
export async function stopAll() {
  for (const program of running.splice(0).reverse()) await program.stop();
}

/**
 * Starts a program that is ready when it listens on `port`. Its output goes to a file in `folder`. It runs until
 * `stopAll`.
 */
export async function startProgram({ name, command, args, port, folder, env = {} }) {
  const log = openSync(join(folder, `${name}.out`), "a");
  const child = spawn(command, args, {
    stdio: ["ignore", log, log],
    env: { ...process.env, ...env },
    cwd: folder,
  });
  // Then it has no process id, and `ready` says so.
  child.on("error", () => {});
  keep({ stop: () => stop(child) });
  try {
    await ready(name, child, port);
  } catch (error) {
    throw new Error(`${error.message}\n${said(folder)}`);
  }
}

async function ready(name, child, port) {
  for (const deadline = Date.now() + READY_WITHIN_MS; Date.now() < deadline; await sleep(50)) {
    const end = child.pid === undefined ? "not found" : (child.exitCode ?? child.signalCode);
    if (end !== null) throw new Error(`${name} does not start: ${end}`);
    if (await listens(port)) return;
  }
  throw new Error(`${name} does not listen on port ${port}`);
}

/** The configurations and the output of the programs in the folder. */
function said(folder) {
  const files = readdirSync(folder).map((name) => join(folder, name));
  return files
    .filter((path) => /\.(conf|out|log)$/.test(path) && statSync(path).isFile())
    .map((path) => `--- ${path}\n${readFileSync(path, "utf8")}`)
    .join("\n");
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

async function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOPPED_WITHIN_MS);
  await exited;
  clearTimeout(timer);
}
