import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { createBarePlayer } from "./bare.ts";
import { HostedPlayer } from "./hosted.ts";
import { judge, type Played, type Verdict } from "./judge.ts";
import type { Player } from "./player.ts";
import { programOf } from "./program.ts";
import { choose } from "./sample.ts";
import { Suite, type SuiteCase } from "./suite.ts";

const meta = (text: string): string => `/*---\n${text}\n---*/\n`;

/** A small suite, and how the tests end in each mode. */
const TESTS: Readonly<Record<string, readonly [text: string, ends: Readonly<Record<string, string[]>>]>> = {
  "both.js": [
    `${meta("description: both")}if (typeof this === "undefined") assert(0); function f() { return this; } assert(f() === undefined);`,
    { sloppy: ["threw Error: no"], strict: ["completed"] },
  ],
  "included.js": [
    `${meta("includes: [more.js]\nflags: [noStrict]")}assert(more === 1);`,
    { sloppy: ["completed"] },
  ],
  "raw.js": [`${meta("flags: [raw]")}typeof assert === "undefined" || no();`, { sloppy: ["completed"] }],
  "negative.js": [
    `${meta("negative:\n  phase: parse\n  type: SyntaxError\nflags: [onlyStrict]")}var = 1;`,
    { strict: ["threw SyntaxError: variable name expected"] },
  ],
  "later.js": [
    `${meta("flags: [async, onlyStrict]")}Promise.reject(1); Promise.resolve().then(() => $DONE());`,
    { strict: ["completed", "print Test262:AsyncTestComplete"] },
  ],
  "module.js": [
    `${meta("flags: [module]")}import { one } from "./one_FIXTURE.js"; import * as self from "./module.js"; export const two = 2; assert(one + self.two === 3);`,
    { module: ["completed", "completed"] },
  ],
  "module-throws.js": [
    `${meta("flags: [module]\nnegative:\n  phase: runtime\n  type: TypeError")}null.x;`,
    { module: ["completed", "ended TypeError"] },
  ],
  "module-parse.js": [
    `${meta("flags: [module]\nnegative:\n  phase: parse\n  type: SyntaxError")}var = 1;`,
    { module: ["ended SyntaxError"] },
  ],
  "module-waits.js": [
    `${meta("flags: [module]")}await new Promise(() => {});`,
    { module: ["completed", "waits"] },
  ],
};
const HARNESS = {
  "assert.js": `function assert(is) { if (!is) throw new Error("no"); }`,
  "sta.js": "",
  "more.js": "var more = 1;",
  "doneprintHandle.js": `function $DONE() { print("Test262:AsyncTestComplete"); }`,
};

describe("the runner of Test262", () => {
  const folder = mkdtempSync(join(tmpdir(), "test262-"));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  };
  let players: readonly Player[];

  before(async () => {
    for (const [name, text] of Object.entries(HARNESS)) write(`harness/${name}`, text);
    for (const [name, [text]] of Object.entries(TESTS)) write(`test/${name}`, text);
    write("test/one_FIXTURE.js", "export const one = 1;");
    players = [
      await createBarePlayer(),
      await HostedPlayer.create("worker", 1),
      await HostedPlayer.create("confined", 0),
    ];
  });
  after(async () => {
    for (const player of players) await player.close();
    rmSync(folder, { recursive: true });
  });

  it("plays each test in its modes, and the engine does the same everywhere", async () => {
    const suite = new Suite(folder);
    assert.deepEqual(
      suite.list(),
      Object.keys(TESTS)
        .map((name) => `test/${name}`)
        .sort(),
    );
    for (const [name, [, ends]] of Object.entries(TESTS)) {
      const cases = suite.read(`test/${name}`);
      assert.deepEqual(
        cases.map(({ mode }) => mode),
        Object.keys(ends),
        name,
      );
      for (const test of cases)
        for (const player of players)
          assert.deepEqual(await player.play(programOf(test)), ends[test.mode], `${name}, ${player.name}`);
    }
  });

  it("says what passes, and what comes out otherwise", () => {
    const verdict = (test: Partial<SuiteCase>, ...lines: string[][]): Verdict =>
      judge(
        test as SuiteCase,
        lines.map((list, i): Played => ({ name: `${i}`, lines: list })),
      );
    assert.deepEqual(verdict({}, ["completed"], ["completed"]), { isPassed: true, differences: [] });
    assert.deepEqual(verdict({}, ["completed"], ["threw Error: x"]), {
      isPassed: true,
      differences: ['1: "threw Error: x"; bare: "completed"'],
    });
    for (const [test, lines, isPassed] of [
      [{ throws: "SyntaxError" }, ["threw SyntaxError: x"], true],
      [{ throws: "SyntaxError" }, ["completed"], false],
      [{ throws: "TypeError" }, ["completed", "ended TypeError"], true],
      [{ isAsync: true }, ["completed"], false],
      [{ isAsync: true }, ["completed", "print Test262:AsyncTestComplete"], true],
    ] as const)
      assert.equal(verdict(test, [...lines], [...lines]).isPassed, isPassed, JSON.stringify([test, lines]));
  });

  it("chooses as many as are wanted, and others for each seed", () => {
    const list = Array.from({ length: 100 }, (_, i) => i);
    assert.deepEqual(choose(list, 1000, 1), list);
    const [first, second] = [choose(list, 10, 1), choose(list, 10, 2)];
    assert.deepEqual([first.length, second.length], [10, 10]);
    assert.notDeepEqual(first, second);
    assert.deepEqual(choose(list, 10, 1), first);
  });
});
