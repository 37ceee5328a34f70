import { spawnSync } from "node:child_process";

/** Whether a command exists to compare with. Without it, the tests that need it are skipped. */
export function hasCommand(command: string, ...args: string[]): boolean {
  const { error, status } = spawnSync(command, args, { stdio: "ignore" });
  return error === undefined && status === 0;
}

/** The standard output of a command that reads `input`. */
export function runFilter(command: string, args: string[], input: Uint8Array): Buffer {
  const { error, status, stdout, stderr } = spawnSync(command, args, { input, maxBuffer: 1 << 28 });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} failed: ${stderr}`);
  return stdout;
}
