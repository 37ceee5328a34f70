// Child processes, each the leader of its own process group. When this process ends, in whatever way, the groups are killed:
// a test in an endless loop would otherwise run for ever.
import { spawn } from "node:child_process";

/** Time in ms between two checks whether the process that started us is still there. */
const CHECK_MS = 500;
/** Runs a command. When stdin ends, because the process at its other end has ended, the group is killed. Needs only sh. */
const GUARDED = `exec 3<&0; "$@" </dev/null 3<&- & child=$!; { read -r line <&3; kill -9 0; } & wait $child`;

/** What each group gets when this process ends. */
const running = new Map();
process.once("exit", () => {
  for (const [child, signal] of running) signalGroup(child, signal);
});
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.once(signal, () => process.exit(code));
}

/**
 * As `spawn`.
 *
 * @param endSignal SIGTERM for a command that starts groups of its own, so that it can end them
 */
export function spawnGroup(command, args, options, endSignal = "SIGKILL") {
  const child = spawn(command, args, { ...options, detached: true });
  running.set(child, endSignal);
  child.once("close", () => running.delete(child));
  return child;
}

/** A group without input and output, which ends even if this process is killed and can do nothing about it. */
export function spawnGuarded(command, args, { cwd }) {
  return spawnGroup("sh", ["-c", GUARDED, "sh", command, ...args], {
    cwd,
    stdio: ["pipe", "ignore", "ignore"],
  });
}

/** Kills the group, also if its first process has ended already. */
export function killGroup(child) {
  signalGroup(child, "SIGKILL");
}

function signalGroup({ pid }, signal) {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // The processes have ended.
  }
}

/** Ends this process when the one that started it has ended: a shell that gets a signal does not pass it on. */
export function endWithParent() {
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(1);
  }, CHECK_MS).unref();
}
