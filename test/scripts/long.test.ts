import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { describe, it } from "node:test";
import { pathToFileURL } from "node:url";
import { inRoot } from "../support/root.ts";

interface Ended {
  code: unknown;
  output: string;
}

function run(...args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, output: stdout + stderr }),
    );
  });
}

/** What each part may print, and the figures in it. */
const PRINTED: Readonly<Record<string, [output: string, figures: string[], isBad?: boolean]>> = {
  nodes: [
    "=== Node 20.18.1\nok    a.test.ts  1, 0.1 s\n# pass 7\n# fail 0\n\n=== Node 22.23.3\n# pass 6\n# fail 1\n",
    ["Node 20.18.1: 7 passed, 0 failed", "Node 22.23.3: 6 passed, 1 failed"],
  ],
  peers: ["# pass 5\n# fail 2\n", ["5 passed, 2 failed"]],
  corpus: ["seed 7, 2000 cases\n9.1 s, 219 cases a second\n", ["2000 cases, 219 cases a second"]],
  secrets: [
    "SEED=7: 9 calls, 2 requests with a secret, 0 leaks\n",
    ["9 calls, 2 requests with a secret, 0 leaks"],
  ],
  bundlers: ["Rollup: ok\nVite: FAILED: no wasm\n", ["Rollup: ok", "Vite: FAILED"]],
  faults: [
    "seed 7: OK 600, HTTP2 400\n1000 calls over HTTP/2, all ended\n",
    ["1000 calls over HTTP/2, all ended"],
  ],
  webassembly: [
    "3 of 4 files\n\n=== Node 20.18.1\n7 assertions equal, 0 different\n\n=== Node 22.23.3\n    at f\n",
    ["Node 20.18.1: 7 assertions equal, 0 different", "Node 22.23.3: not to the end"],
  ],
  curl: [
    "{}\n3 tests: 14 calls equal, 1 different as known, 0 different\n",
    ["3 tests: 14 calls equal, 1 different as known, 0 different"],
  ],
  test262: [
    "1000 files: {}\n1200 files: 14 runs equal, 1 different as known, 0 different; the engine passes 13\n",
    ["1200 files: 14 runs equal, 1 different as known, 0 different; the engine passes 13"],
  ],
  "wpt-scripts": ["3 files: 14 tests passed\n", ["3 files: 14 tests passed"]],
  wpt: [
    "64 pages: 14 tests pass, 1 differ as known, 0 differ\n",
    ["64 pages: 14 tests pass, 1 differ as known, 0 differ"],
  ],
  docs: ["3 pages at 1280 and 390\n", ["3 pages at 1280 and 390"]],
  types: ["TypeScript 5.4, node16: ok\nTypeScript 6.0, bundler: FAILED\n", ["1 of 2 are accepted"]],
  sdks: ["ky@1: 12 calls, 0 different\n", ["ky@1: 12 calls, 0 different"]],
  fuzz: [
    "heads   12 cases, at most 2.5 ms for 99 bytes: read 12\n  TypeError: x\n    in a.json\nurls   3 cases, at most 1.0 ms for 9 bytes: read 3\n",
    ["2 targets, 15 cases, at most 2.5 ms for one, 1 finds"],
  ],
  holds: [
    "  a head    5.2 ms    ok (at most 50)\n  a URL   51.0 ms    MISSED (at most 50)\n",
    ["2 rows, at most 51 ms, 1 missed"],
    true,
  ],
  runners: [
    "Vitest on Node 20: ok\nJest on Node 26: FAILED\n",
    ["Vitest on Node 20: ok", "Jest on Node 26: FAILED"],
    true,
  ],
  "script-packages": ["3 of 4 programs do the same\n", ["3 of 4 programs do the same"]],
  memory: [
    "  long posts    264.8 MiB    ok (at most 320)\n  outputs   1,098 MiB    MISSED (at most 320)\n",
    ["2 attacks, at most 1098 MiB over idle, 1 missed"],
    true,
  ],
  kills: ["500 runs, 499 right, 1 in which\n", ["500 runs, 499 right, 1 in which"]],
  mutants: [
    "network/url: ..S.\nnetwork/url: 3 of 4 noticed (75 %)\n  host/a.ts:1: < -> <=\nnetwork/pool: 4 of 4 noticed (100 %)\n",
    ["network/url: 3 of 4 (75 %)", "network/pool: 4 of 4 (100 %)"],
    true,
  ],
};

describe("npm run test:long", () => {
  it("names its parts if one is asked for that does not exist", async () => {
    const { code, output } = await run(inRoot("scripts/long.js"), "fuzz", "nothing");
    assert.equal(code, 2);
    for (const name of Object.keys(PRINTED)) assert.match(output, new RegExp(`^ {2}${name} `, "m"));
  });

  it("finds the figures in what each part prints", async () => {
    const { PARTS } = await import(pathToFileURL(inRoot("scripts/long/parts.js")).href);
    assert.deepEqual(PARTS.map(({ name }: { name: string }) => name).sort(), Object.keys(PRINTED).sort());
    for (const { name, read } of PARTS) {
      const [output, figures, isBad = false] = PRINTED[name] as (typeof PRINTED)[string];
      const found = read(output);
      assert.deepEqual([found.figures, found.isBad ?? false], [figures, isBad], name);
    }
  });

  it("fails if a command fails, or if its figures are bad", async () => {
    const { runPart } = await import(pathToFileURL(inRoot("scripts/long/run-part.js")).href);
    const part = (code: string, isBad = false): object => ({
      name: "a part",
      command: ({ seed }: { seed: number }) => ({ args: ["-e", code], env: { SEED: String(seed) } }),
      read: (output: string) => ({ figures: [output], isBad }),
    });
    const results = [];
    for (const one of [
      part("process.exitCode = 3"),
      part("", true),
      part("process.exitCode = process.env.SEED === '7' ? 0 : 4"),
    ])
      results.push(await runPart(one, { seed: 7, isShort: true }));
    assert.deepEqual(
      results.map(({ isGood, figures }) => [isGood, ...figures]),
      [
        [false, ""],
        [false, ""],
        [true, ""],
      ],
    );
  });
});
