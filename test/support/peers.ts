import { spawnSync } from "node:child_process";

/** Whether a command is there to compare with; the tests that want it are skipped where it is not. */
export function hasCommand(command: string, ...args: string[]): boolean {
  const { error, status } = spawnSync(command, args, { stdio: "ignore" });
  return error === undefined && status === 0;
}

/** What a command writes to its standard output when it reads `input`. */
export function runFilter(command: string, args: string[], input: Uint8Array): Buffer {
  const { error, status, stdout, stderr } = spawnSync(command, args, { input, maxBuffer: 1 << 28 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return stdout;
}
