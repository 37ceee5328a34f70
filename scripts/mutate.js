// Changes one thing in one file, runs the tests that should notice it, and counts the changes that no test noticed.
// Usage: node scripts/mutate.js [ROOM …] [--sample N] [--seed N] [--file PART]   (default: every room of the table, 40
// changes each)
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import ts from "typescript";
import { findMutants } from "./mutants.js";
import { endWithParent, killGroup, spawnGuarded } from "./process-groups.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, ".cache", "mutants");
/** The tests may take this long without a change. */
const LONGEST_UNCHANGED_MS = 600_000;
/** If the tests run longer than this, or than this many times what they need without a change, it counts as noticed. */
const LEAST_LIMIT_MS = 90_000;
const TIMES_UNCHANGED = 3;

/** Rooms below host/, each with the tests below test/ that should notice its changes. */
const ROOMS = {
  "guest/confine": ["guest/opcodes", "guest/confine", "guest/hidden-code", "script/load", "script/untrusted"],
  "guest/engine": ["guest/engine", "guest/isolation", "script/runs", "script/limits", "script/parking"],
  "guest/parked": [
    "guest/page-image",
    "guest/page-words",
    "guest/guest-string",
    "guest/movable",
    "guest/engine",
    "guest/isolation",
    "guest/parked",
    "guest/parking",
    "script/parking",
  ],
  "guest/wire": [
    "guest/long-data",
    "guest/marshal",
    "guest/message-pack",
    "guest/script-request",
    "guest/transfer",
    "guest/validation",
    "integration/calls",
    "integration/callers",
  ],
  "network/policy": ["network/policy"],
  "network/rules": ["network/rules"],
  "network/pool": ["network/pool", "network/call", "network/http2/calls", "network/http2/retries"],
  "network/http1": ["network/http1", "network/call"],
  "network/http2": ["network/http2", "network/pool"],
  "network/connect": ["network/connect"],
  "network/url": ["network/url"],
  "network/request": ["network/request"],
  fleet: ["fleet/"],
  "fleet/redis": ["fleet/redis-client"],
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    sample: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
    file: { type: "string", default: "" },
  },
});

/** Random numbers from 0 to 1, which depend on a seed (mulberry32). */
function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function pick(mutants, count, random) {
  const left = [...mutants];
  const picked = [];
  while (picked.length < count && left.length > 0) {
    picked.push(...left.splice(Math.floor(random() * left.length), 1));
  }
  return picked;
}

function mutantsOf(room) {
  const folder = join(root, "host", room);
  const files = readdirSync(folder).filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
  return files
    .filter((name) => name.includes(values.file))
    .flatMap((name) => findMutants(join(folder, name), readFileSync(join(folder, name), "utf8")));
}

/** A copy of the project, in which files may be broken and tests run. */
class Home {
  #folder;
  #tests;

  constructor(number) {
    this.#folder = join(cache, String(number));
    rmSync(this.#folder, { recursive: true, force: true });
    mkdirSync(this.#folder, { recursive: true });
    for (const name of readdirSync(root)) {
      if (name === "dist") cpSync(join(root, name), join(this.#folder, name), { recursive: true });
      else if (!name.startsWith(".")) symlinkSync(join(root, name), join(this.#folder, name));
    }
  }

  /** Chooses the tests that `notices` will run, and how long they may take. */
  useTests(prefixes) {
    const tests = join(this.#folder, "dist", "test");
    const isWanted = (name) =>
      name.endsWith(".test.js") && prefixes.some((prefix) => name.startsWith(prefix));
    this.#tests = readdirSync(tests, { recursive: true })
      .filter(isWanted)
      .map((name) => join(tests, name));
    this.limitMs = LONGEST_UNCHANGED_MS;
    if (this.#tests.length === 0) throw new Error(`no tests in ${prefixes.join(", ")}: run "npm run build"`);
  }

  /**
   * Whether the tests fail, or do not end, if the file has this text instead of its own.
   *
   * @returns the test that fails; undefined if none does
   */
  async notices(file, text) {
    const output = join(this.#folder, "dist", relative(root, file)).replace(/\.ts$/, ".js");
    const original = readFileSync(output, "utf8");
    writeFileSync(output, transpile(text));
    try {
      return await this.#findFailing();
    } finally {
      writeFileSync(output, original);
    }
  }

  /** Runs one file after the other, until one fails. */
  async #findFailing() {
    const endsAt = performance.now() + this.limitMs;
    const fails = (test) => this.#failsIn(test, endsAt - performance.now());
    for (const test of this.#tests) {
      // On a busy machine a test can fail for another reason, but hardly twice.
      if (!(await fails(test)) || !(await fails(test))) continue;
      // It may notice the next change too: most of them are near each other.
      this.#tests = [test, ...this.#tests.filter((other) => other !== test)];
      return test;
    }
    return undefined;
  }

  #failsIn(test, limitMs) {
    return new Promise((resolve) => {
      const guard = pathToFileURL(join(this.#folder, "dist", "test", "support", "guard.js")).href;
      const args = ["--preserve-symlinks", "--preserve-symlinks-main", "--import", guard, test];
      const child = spawnGuarded(process.execPath, args, { cwd: this.#folder });
      const timer = setTimeout(() => killGroup(child), limitMs);
      child.on("exit", (code) => {
        clearTimeout(timer);
        killGroup(child);
        resolve(code !== 0);
      });
    });
  }
}

function transpile(text) {
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, root);
  const compilerOptions = { ...options, module: ts.ModuleKind.ESNext, sourceMap: false, declaration: false };
  return ts.transpileModule(text, { compilerOptions }).outputText;
}

async function mutateRoom(room, homes) {
  const mutants = pick(mutantsOf(room), Number(values.sample), randomFrom(Number(values.seed)));
  for (const home of homes) home.useTests(ROOMS[room]);
  await checkUnchanged(mutants, homes);
  process.stdout.write(`${room}: `);
  const survivors = [];
  const queue = [...mutants];
  const work = async (home) => {
    for (let mutant = queue.pop(); mutant !== undefined; mutant = queue.pop()) {
      const isNoticed = (await home.notices(mutant.file, mutant.text)) !== undefined;
      if (!isNoticed) survivors.push(mutant);
      process.stdout.write(isNoticed ? "." : "S");
    }
  };
  await Promise.all(homes.map(work));
  report(room, mutants, survivors);
}

async function checkUnchanged(mutants, homes) {
  const file = mutants[0]?.file;
  if (file === undefined) throw new Error("nothing can be changed there");
  const startedAt = performance.now();
  const failing = await homes[0].notices(file, readFileSync(file, "utf8"));
  if (failing !== undefined) throw new Error(`${relative(cache, failing)} fails without a change`);
  const limitMs = Math.max(LEAST_LIMIT_MS, TIMES_UNCHANGED * (performance.now() - startedAt));
  for (const home of homes) home.limitMs = limitMs;
}

function report(room, mutants, survivors) {
  const noticed = mutants.length - survivors.length;
  const share = Math.round((100 * noticed) / mutants.length);
  console.log(`\n${room}: ${noticed} of ${mutants.length} noticed (${share} %)`);
  for (const { file, line, was, is } of survivors) {
    console.log(`  ${relative(root, file)}:${line}: ${was} -> ${is}`);
  }
}

endWithParent();
const unknown = positionals.find((room) => !Object.hasOwn(ROOMS, room));
if (unknown !== undefined)
  throw new Error(`no such room: ${unknown}; there are ${Object.keys(ROOMS).join(", ")}`);
if (!existsSync(join(root, "dist", "test"))) throw new Error('run "npm run build" first');
const homes = Array.from({ length: availableParallelism() }, (_, number) => new Home(number));
try {
  for (const room of positionals.length > 0 ? positionals : Object.keys(ROOMS)) await mutateRoom(room, homes);
} finally {
  rmSync(cache, { recursive: true, force: true });
}
