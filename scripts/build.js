// Builds dist/: only what changed. Usage: node scripts/build.js [--clean] [--for FILE]
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Stamps } from "./build/stamps.js";
import { listSteps } from "./build/steps.js";
import { reachable, readGraph } from "./import-graph.js";
import { filesIn, inRoot } from "./project.js";

/** How many compilers run at the same time. Each needs a core, and hundreds of MiB. */
const AT_ONCE = 2;

/**
 * Builds everything that is out of date.
 *
 * @param options `graph`: the graph of imports, if there is one already; `isWanted`: chooses steps; by default all
 * @returns Whether everything was built. Errors were printed
 */
export async function build({ graph = readGraph(), isWanted = () => true } = {}) {
  const steps = listSteps(graph);
  removeStrays(steps);
  const stamps = new Stamps();
  const waiting = steps.filter(isWanted).flatMap((step) => {
    const changed = stamps.changes(step);
    return changed.size > 0 ? [{ step, changed }] : [];
  });
  const running = new Set();
  const count = waiting.length;
  let isWell = true;
  while (isWell && waiting.length + running.size > 0) {
    const pending = [...waiting, ...running].map(({ step }) => step.name);
    const next = waiting.findIndex(({ step }) => !step.after?.some((name) => pending.includes(name)));
    if (next === -1 || running.size === AT_ONCE) {
      await Promise.race([...running].map(({ done }) => done));
      continue;
    }
    const [task] = waiting.splice(next, 1);
    // To stderr, because `npm pack --json` also builds, and its stdout must be JSON.
    console.error(`building ${task.step.title} (${count - waiting.length} of ${count}) …`);
    running.add(task);
    task.done = runStep(task, stamps).then((isDone) => {
      isWell &&= isDone;
      running.delete(task);
    });
  }
  await Promise.all([...running].map(({ done }) => done));
  return isWell;
}

async function runStep({ step, changed }, stamps) {
  try {
    await step.run(changed);
    stamps.keep(step);
    return true;
  } catch (error) {
    console.error(error.message.trimEnd());
    return false;
  }
}

/** Removes compiled files without a source. Otherwise a test whose source was deleted would still run. */
function removeStrays(steps) {
  const known = new Set(steps.flatMap(({ outputs }) => outputs));
  const folders = steps.flatMap(({ folder }) => (folder === undefined ? [] : [`${folder}/`]));
  for (const path of filesIn("dist")) {
    if (!known.has(path) && !folders.some((folder) => path.startsWith(folder))) rmSync(inRoot(path));
  }
}

/** Builds what these sources need, and no more. */
export function buildFor(sources) {
  const graph = readGraph();
  const needed = reachable(graph, sources);
  return build({ graph, isWanted: (step) => step.isNeeded?.(needed) !== false });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { clean: { type: "boolean" }, for: { type: "string" } } });
  if (values.clean) {
    for (const path of ["dist", ".cache/build.json", ".cache/types", ".cache/types.tsbuildinfo"]) {
      rmSync(inRoot(path), { recursive: true, force: true });
    }
  }
  if (!(await (values.for === undefined ? build() : buildFor([values.for])))) process.exitCode = 1;
}
