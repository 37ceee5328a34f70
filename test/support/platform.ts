// Why a test cannot run on this system; false where it can.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

type Reason = string | false;

const { platform } = process;

export const NO_SIGNALS: Reason =
  platform === "win32" && "Windows has no signals: a process is ended at once";
export const NO_PIPES: Reason = platform === "win32" && "Windows has no named pipes in folders";
export const NO_MODES: Reason = platform === "win32" && "Windows has no modes of files";
export const NO_DEVICES: Reason = !existsSync("/dev/full") && "there is no /dev/full";
export const NO_DESCRIPTORS: Reason =
  !existsSync("/proc/self/fd") && "nothing lists the files that a process has open";
export const ONE_LOOPBACK: Reason =
  platform === "darwin" && "macOS has 127.0.0.1 only, not all of 127.0.0.0/8";
export const NO_MOUNTS: Reason =
  spawnSync("unshare", ["-rm", "true"]).status !== 0 && "the process may not mount anything";
