// Runs one part: prints what it prints, and ends it when this process ends.
import { spawnGroup } from "../process-groups.js";
import { root } from "../project.js";

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
    const options = { cwd: root, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] };
    const child = spawnGroup(process.execPath, args, options, "SIGTERM");
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
    child.once("close", (code) => resolve({ code, output }));
  });
}
