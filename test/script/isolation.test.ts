import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";
import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import {
  createScriptRuntime,
  type RunOptions,
  type Script,
  type ScriptRuntime,
} from "../../host/script/index.ts";
import { GateServer } from "../support/gate-server.ts";
import { markerScript, STACK_BYTES } from "../support/marker-script.ts";
import { failureOf } from "../support/script-runtime.ts";
import { variant } from "../support/variant.ts";

const SECRET = "granted to another run";

/** How a run that marks ends: the entry, and the code of the error, if there is one. */
const ENDS: [how: string, entry: string, code?: string][] = [
  ["ended", "marks"],
  ["trapped", "marks_traps", "SCRIPT_TRAPPED"],
  ["aborted", "marks_aborts", "SCRIPT_ABORTED"],
  ["computed for too long", "marks_spins", "COMPUTE_LIMIT"],
  ["put out too much", "marks_echoes", "OUTPUT_LIMIT"],
  ["ended after its memory grew", "marks_grows"],
  ["went on and ended", "marks_waits"],
  ["went on and trapped", "marks_waits_traps", "SCRIPT_TRAPPED"],
  ["went on and read a reply", "marks_reads"],
  ["went on and ended after its memory grew", "marks_grows_waits"],
  ["was too deep to wait", "marks_waits_dives", "STACK_LIMIT"],
];

/** Ways to end a run that waits. */
const CUTS: [how: string, options: () => RunOptions][] = [
  ["cancelled", () => ({ signal: AbortSignal.timeout(20) })],
  ["out of time", () => ({ timeout: 0.02 })],
];

/** Pages of memory. While a run waits, its memory is copied, or it keeps its own instance. */
const SIZES: [size: string, pages: number][] = [
  ["small", 2],
  ["large", 12],
];

let gate: GateServer;
let http: HttpBackground;
before(async () => {
  gate = await GateServer.start();
  http = await createHttpBackground({ threads: [{ id: "default" }] });
});
after(async () => {
  await http.destroy();
  await gate.close();
});

function open(): ScriptRuntime {
  const limits = { stackBytes: STACK_BYTES, computeMs: 300, outputBytes: 100_000 };
  return createScriptRuntime({ workers: variant.workers, http, allow: [gate.base], limits });
}

/** As many arguments as the number at the end of the run's marker, and a file that no other run has. */
const marking = (id: number, options: RunOptions = {}): RunOptions => ({
  args: Array.from({ length: id }, () => SECRET),
  files: { secret: SECRET },
  ...options,
});

for (const [size, pages] of SIZES) {
  describe(`a run with ${size} memory`, () => {
    let runtime: ScriptRuntime;
    let script: Script;
    /** The same module, and a different one. Each has its own engine and instances. */
    let others: Script[];
    let fresh: unknown;

    before(async () => {
      runtime = open();
      const module = markerScript({ base: gate.base, pages });
      script = await runtime.load(module);
      others = [
        await runtime.load(module),
        await runtime.load(markerScript({ base: gate.base, pages: pages + 1 })),
      ];
      fresh = (await script.run("digest")).result;
    });
    after(() => runtime.destroy());

    async function findNothing(): Promise<void> {
      // This comes first, because the first run after the others could find most.
      assert.equal((await script.run("digest")).result, fresh);
      for (const each of [script, ...others, script]) {
        const { result, output } = await each.run("search");
        assert.deepEqual([result, output], [0, ""]);
      }
    }

    for (const [how, entry, code] of ENDS) {
      it(`finds nothing of one that ${how}`, async () => {
        for (const id of [1, 2]) {
          const run = script.run(entry, marking(id));
          const ended = run.then(
            () => undefined,
            (error) => error.code,
          );
          if (/waits|reads/.test(entry) && code !== "STACK_LIMIT") {
            await gate.holds(1);
            await findNothing();
            gate.open(SECRET);
          }
          assert.equal(await ended, code);
          await findNothing();
        }
      });
    }

    for (const [how, options] of CUTS) {
      it(`finds nothing of one that was ${how} while it waited`, async () => {
        for (const entry of ["marks_waits", "marks_grows_waits"]) {
          await failureOf(script.run(entry, marking(1, options())));
          await findNothing();
          await gate.holds(0);
        }
      });
    }

    it("finds nothing of those that it waits with, nor do they", async () => {
      const marked = [1, 2, 3].map((id) => script.run("marks_waits", marking(id)));
      await gate.holds(3);
      const searching = script.run("search_later");
      const grown = script.run("marks_grows_waits", marking(4));
      await gate.holds(5);
      await findNothing();
      gate.open();
      assert.equal((await searching).result, 0);
      // Everything except the frames, the data of the module, and what the host has written.
      const words = (from: number, to: number): number => (to - from) / 8;
      const high = 65_536 + STACK_BYTES + 4096;
      const own = words(0, 4096) + words(high, pages * 65_536);
      for (const run of marked) assert.equal((await run).result, own);
      assert.equal((await grown).result, own + words(0, 2 * 65_536));
      await findNothing();
    });

    it("keeps its own files by the names that others use, too", async () => {
      const runs = [1, 2, 3].map((id) => script.run("reads", { files: { secret: `file ${id}.` } }));
      await gate.holds(3);
      gate.open();
      await gate.holds(0);
      const late = script.run("reads");
      await gate.holds(4);
      gate.open();
      for (const [i, run] of runs.entries()) {
        assert.equal((await run).output, `file ${i + 1}.file ${i + 1}.secret`);
      }
      await gate.holds(1);
      gate.open();
      assert.equal((await late).output, "secret");
    });

    it("is resumed by no answer that comes after its end", async () => {
      const controller = new AbortController();
      const run = failureOf(script.run("marks_waits", marking(1, { signal: controller.signal })));
      await gate.holds(1);
      controller.abort(new Error("enough"));
      gate.open(SECRET);
      assert.equal((await run).message, "enough");
      await gate.holds(0);
      await findNothing();
    });
  });
}

describe("runs with more memory than there may be instances for", () => {
  let runtime: ScriptRuntime;
  beforeEach(() => {
    runtime = open();
  });
  it("have their own, and leave none", async () => {
    const pages = 8;
    const count = 260;
    const script = await runtime.load(markerScript({ base: gate.base, pages }));
    const runs = Array.from({ length: count }, (_, id) => script.run("marks_waits", marking(id % 16)));
    await gate.holds(count);
    assert.equal((await script.run("search")).result, 0);
    gate.open();
    const results = new Set((await Promise.all(runs)).map(({ result }) => result));
    assert.equal(results.size, 1);
    assert.equal((await script.run("search")).result, 0);
    await runtime.destroy();
  });
});
