import { compileScript, ScriptError } from "../script/index.ts";
import type { TestedScript } from "../testing/index.ts";
import { type Command, EXIT, Mistake } from "./command.ts";
import { parseFlags } from "./flags.ts";
import { runTest } from "./script-test-run.ts";
import { findTests, readTests, type ScriptTestFile } from "./script-tests.ts";
import { writeForeign } from "./terminal.ts";

const HELP = `Usage: http-background test FOLDER|FILE [--only TEXT]

Tests scripts without a network: runs each against fakes, and compares what it does with what is expected.
The tests are in files *.test.yaml or *.test.json beside the scripts:

  script: hook.ts            # without it, the script of the same name
  tests:
    - name: greets
      args: [Ada]
      when:
        - { method: POST, url: "https://api.example.com/greet", body: Ada, reply: { status: 200, content: hello } }
      expect: { output: "hello\\n", result: 200 }

docs/testing.md has all keys. No time passes in a test: what waits goes on at once.

      --only TEXT  runs the tests whose name has this text
  -h, --help       prints this help

Exit codes: 0 all have passed; 1 some have failed; 2 the command or a file was wrong.
`;

const FLAGS = { only: { type: "string" } } as const;

/** `http-background test`. */
export const test: Command = { help: HELP, flags: FLAGS, run };

async function run(args: string[]): Promise<number> {
  const { positionals, values } = parseFlags(args, FLAGS);
  const [path, ...more] = positionals;
  if (path === undefined) throw new Mistake("it takes a FOLDER");
  if (more.length > 0) throw new Mistake(`too many arguments: "${more.join(" ")}"`);
  // What is wrong in a file is said before anything runs.
  const files = await Promise.all((await findTests(path)).map(readTests));
  const counts = { passed: 0, failed: 0 };
  for (const file of files) await runFile(file, values.only ?? "", counts);
  process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`);
  if (counts.passed + counts.failed === 0) throw new Mistake(`no test has "${values.only}" in its name`);
  return counts.failed === 0 ? EXIT.status : EXIT.error;
}

async function runFile(
  { path, script, tests }: ScriptTestFile,
  only: string,
  counts: { passed: number; failed: number },
): Promise<void> {
  const chosen = tests.filter(({ name }) => name.includes(only));
  if (chosen.length === 0) return;
  const loaded = await load(script);
  for (const one of chosen) {
    const wrong = "wrong" in loaded ? loaded.wrong : await runTest(loaded.script, one);
    if (wrong === null) counts.passed++;
    else counts.failed++;
    writeForeign(process.stdout, `${wrong === null ? "ok    " : "not ok"} ${path}: ${one.name}\n`);
    if (wrong !== null) writeForeign(process.stdout, `${wrong.replace(/^/gm, "    ")}\n`);
  }
}

/** A source in AssemblyScript is compiled once for all its tests. */
async function load(script: string): Promise<{ readonly script: TestedScript } | { readonly wrong: string }> {
  if (!script.endsWith(".ts")) return { script };
  try {
    return { script: (await compileScript(script)).wasm };
  } catch (error) {
    if (!(error instanceof ScriptError)) throw error;
    return { wrong: error.message };
  }
}
