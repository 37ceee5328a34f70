import { spawnSync } from "node:child_process";

/** Runs an npm command. If npm runs this script, it uses the same npm. @throws Error if the command fails */
export function npm(...args) {
  const { npm_execpath: path, npm_node_execpath: node = process.execPath } = process.env;
  const [command, before] = path === undefined ? ["npm", []] : [node, [path]];
  const { status, error } = spawnSync(command, [...before, ...args], { stdio: "inherit" });
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ${args.join(" ")} ended with ${status}`);
}
