import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "./root.ts";

const run = promisify(execFile);

/** Runs an npm command in the project. If npm runs the tests, it uses the same npm. @returns What it printed. */
export async function npm(...args: string[]): Promise<string> {
  const { npm_execpath: path, npm_node_execpath: node = process.execPath } = process.env;
  const { stdout } =
    path === undefined
      ? await run("npm", args, { cwd: ROOT })
      : await run(node, [path, ...args], { cwd: ROOT });
  return stdout;
}
