// Runs one part: prints what it prints, and ends it when this process ends.
import { spawn } from "node:child_process";
import { root } from "../project.js";

const running = new Set();
// Not at once: what a part has started, it ends by itself.
process.once("exit", () => {
  for (const pid of running) tellGroup(pid);
});
for (const [signal, code] of Object.entries({ SIGINT: 130, SIGTERM: 143, SIGHUP: 129 })) {
  process.once(signal, () => process.exit(code));
}

/** @returns Promise of `{ name, isGood, minutes, figures }` */
export async function runPart({ name, command, read }, options) {
  const { args, env } = command(options);
  const started = performance.now();
  const { code, output } = await runNode(args, env);
  const { figures, isBad = false } = read(output);
  return { name, isGood: code === 0 && !isBad, minutes: (performance.now() - started) / 60_000, figures };
}

/** Runs Node in a process group of its own. */
function runNode(args, env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    running.add(child.pid);
    let output = "";
    for (const [from, to] of [
      [child.stdout, process.stdout],
      [child.stderr, process.stderr],
    ]) {
      from.setEncoding("utf8").on("data", (text) => {
        output += text;
        to.write(text);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => {
      running.delete(child.pid);
      resolve({ code, output });
    });
  });
}

function tellGroup(pid) {
  try {
    process.kill(-pid, "SIGTERM");
  } catch {
    // It has ended already.
  }
}
