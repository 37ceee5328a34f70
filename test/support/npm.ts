import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ROOT } from "./root.ts";

const run = promisify(execFile);

/** Runs an npm command in the project: the npm that runs the tests, if one does. @returns What it printed. */
export async function npm(...args: string[]): Promise<string> {
  const { npm_execpath: path, npm_node_execpath: node = process.execPath } = process.env;
  const { stdout } =
    path === undefined
      ? await run("npm", args, { cwd: ROOT })
      : await run(node, [path, ...args], { cwd: ROOT });
  return stdout;
}
