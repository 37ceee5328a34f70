import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import {
  compileScript,
  createScriptRuntime,
  type RunResult,
  type Script,
  type ScriptRuntime,
} from "../../host/script/index.ts";
import { createTestClock, createTestHttpBackground, type TestOptions } from "../../host/testing/index.ts";

const URL = "https://api.example.com/form";
const CHANCE = `import { http_background } from "http-background/guest";
  const top = Math.random();
  export default async () => {
    const before = [top, Math.random(), crypto.randomUUID()];
    await http_background("default", "${URL}", {}, { a: { data: "b" } });
    return [...before, Math.random(), crypto.getRandomValues(new Uint8Array(4)).join()];
  }`;
const CHANCE_IN_WASM = `import { echo, http_background } from "http-background/assembly";
  export function main(): void {
    echo(Math.random().toString());
    http_background("default", "${URL}");
    echo(Math.random().toString());
  }`;
const TIME = `export default async () => {
    const dates = [performance.now(), Date.now()];
    await new Promise((done) => setTimeout(done, 1500));
    return [...dates, Date.now(), new Date().toISOString(), performance.now()];
  }`;

type Load = (runtime: ScriptRuntime) => Promise<Script>;

/** What two runs of a script result in, one after the other, and what they sent. */
async function twoRuns(load: Load, workers: number, options: TestOptions): Promise<unknown[]> {
  const http = await createTestHttpBackground(undefined, options);
  http.when(URL).reply(200);
  const runtime = createScriptRuntime({ http, workers, allow: ["https://api.example.com"] });
  const script = await load(runtime);
  const ends: RunResult[] = [await script.run(), await script.run()];
  await runtime.close();
  const sent = http.requests().map(({ raw }) => raw.toString("latin1"));
  await http.close();
  return [...ends.map(({ result, output }) => [result, output]), ...sent];
}

describe("scripts in a test", () => {
  let wasm: Uint8Array;
  before(async () => {
    ({ wasm } = await compileScript({ name: "chance.ts", source: CHANCE_IN_WASM }, { optimizeLevel: 0 }));
  });
  const scripts: readonly (readonly [name: string, load: Load])[] = [
    ["JavaScript", (runtime) => runtime.compile({ name: "chance.js", source: CHANCE })],
    ["AssemblyScript", (runtime) => runtime.load(wasm)],
  ];

  for (const workers of [0, 1]) {
    for (const [language, load] of scripts) {
      it(`have the chance that follows from a seed (${language}, ${workers} workers)`, async () => {
        const first = await twoRuns(load, workers, { seed: 1 });
        assert.deepEqual(await twoRuns(load, workers, { seed: 1 }), first);
        assert.notDeepEqual(first[0], first[1], "another run");
        for (const other of [{ seed: 2 }, {}])
          assert.notDeepEqual((await twoRuns(load, workers, other))[0], first[0]);
      });
    }

    it(`have the time of its clock (${workers} workers)`, async () => {
      const date = new Date(Date.UTC(2030, 1, 2));
      const clock = createTestClock({ date });
      const http = await createTestHttpBackground(undefined, { clock });
      const runtime = createScriptRuntime({ http, workers });
      const script = await runtime.compile({ name: "time.js", source: TIME });
      await clock.advance(250);
      const running = script.run();
      while (clock.waiting < 2) await new Promise(setImmediate);
      await clock.advance(2000);
      const began = date.getTime() + 250;
      const { result } = await running;
      assert.deepEqual(result, [0, began, began + 1500, new Date(began + 1500).toISOString(), 1500]);
      await runtime.close();
      await http.close();
    });
  }
});
