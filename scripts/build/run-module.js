import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { inRoot, root } from "../project.js";

/** Runs a package's command with the current Node, without shell and PATH. @throws Error with the command's output */
export async function runModule(path, ...args) {
  const child = spawn(process.execPath, [inRoot(path), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => child.kill();
  process.once("exit", stop);
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "exit"),
  ]);
  process.off("exit", stop);
  if (status !== 0) throw new Error(`${stdout}${stderr}` || `${path} ended with ${status}`);
}
