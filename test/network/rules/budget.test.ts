import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inspect } from "node:util";
import { REAL_CLOCK } from "../../../host/lifetime/clock.ts";
import { type Budget, BudgetCounter } from "../../../host/network/rules/budget.ts";
import { RuleBudgets } from "../../../host/network/rules/rule-budgets.ts";

const ENDLESS = Number.POSITIVE_INFINITY;
const budget = (parts: Partial<Budget>): Budget => ({
  requests: ENDLESS,
  bytes: ENDLESS,
  requestsPerSecond: ENDLESS,
  ...parts,
});

describe("a budget", () => {
  it("allows so many requests", () => {
    const counter = new BudgetCounter(budget({ requests: 2 }), () => 0);
    const codes = [1, 2, 3].map(() => {
      const code = counter.check();
      if (code === null) counter.countRequest();
      return code;
    });
    assert.deepEqual(codes, [null, null, "REQUEST_BUDGET"]);
  });

  it("allows so many bytes, and no request when they are used up", () => {
    const counter = new BudgetCounter(budget({ bytes: 10 }), () => 0);
    assert.deepEqual([counter.countBytes(9), counter.check()], [true, null]);
    assert.deepEqual([counter.countBytes(1), counter.check()], [true, "BYTE_BUDGET"]);
    assert.equal(counter.countBytes(1), false);
  });

  it("allows so many requests a second, those of one second at once", () => {
    let now = 0;
    const counter = new BudgetCounter(budget({ requestsPerSecond: 2 }), () => now);
    const take = (): boolean => {
      const isFree = counter.check() === null;
      if (isFree) counter.countRequest();
      return isFree;
    };
    assert.deepEqual([take(), take(), take()], [true, true, false]);
    now = 499;
    assert.equal(take(), false);
    now = 500;
    assert.deepEqual([take(), take()], [true, false]);
    now = 60_000;
    assert.deepEqual([take(), take(), take()], [true, true, false]);
  });

  it("may be less than one request a second", () => {
    let now = 0;
    const counter = new BudgetCounter(budget({ requestsPerSecond: 0.5 }), () => now);
    counter.countRequest();
    now = 1999;
    assert.equal(counter.check(), "RATE_BUDGET");
    now = 2000;
    assert.equal(counter.check(), null);
  });
});

describe("the budgets of a rule", () => {
  const budgets = (given: unknown) =>
    new RuleBudgets(given, "budget", { scopes: ["run", "all"], clock: REAL_CLOCK });

  it("allow bytes as long as each budget that there is allows them", () => {
    const table: [given: unknown, ofRun: boolean[], ofApplication: boolean][] = [
      [{ run: { bytes: 2 } }, [true, true, false], true],
      [{ all: { bytes: 2 } }, [true, true, false], false],
      [{ run: { bytes: 2 }, all: { bytes: 9 } }, [true, true, false], true],
      [{ run: { bytes: 9 }, all: { bytes: 2 } }, [true, true, false], false],
    ];
    for (const [given, ofRun, ofApplication] of table) {
      const both = budgets(given);
      const run = {};
      const what = JSON.stringify(given);
      assert.deepEqual(
        ofRun.map(() => both.countBytes(run, 1)),
        ofRun,
        what,
      );
      assert.equal(both.countBytes(null, 1), ofApplication, what);
    }
  });

  it("are counted for each run, and for all together", () => {
    const both = budgets({ run: { requests: 2 }, all: { requests: 3 } });
    const [first, second] = [{}, {}];
    const codes = [first, first, first, second, second, null].map((run) => {
      const code = both.check(run);
      if (code === null) both.countRequest(run);
      return code;
    });
    const used = "REQUEST_BUDGET";
    assert.deepEqual(codes, [null, null, used, null, used, used]);
  });

  it("count bytes only if one of them wants it", () => {
    const counts = (given: unknown) => budgets(given).countsBytes;
    assert.deepEqual(
      [
        undefined,
        {},
        { run: {} },
        { all: { requests: 1 } },
        { run: { bytes: 1 } },
        { all: { bytes: 1 } },
      ].map(counts),
      [false, false, false, false, true, true],
    );
  });

  const wrong: [given: unknown, option: string][] = [
    [5, "budget"],
    [null, "budget"],
    [[], "budget"],
    [new Map([["run", { requests: 1 }]]), "budget"],
    [{ run: new Map([["requests", 1]]) }, "budget.run"],
    [{ runs: {} }, "budget.runs"],
    [{ run: 5 }, "budget.run"],
    [{ all: null }, "budget.all"],
    [{ run: { request: 1 } }, "budget.run.request"],
    [{ run: { requests: 0 } }, "budget.run.requests"],
    [{ run: { requests: 1.5 } }, "budget.run.requests"],
    [{ run: { requests: "1" } }, "budget.run.requests"],
    [{ run: { requests: ENDLESS } }, "budget.run.requests"],
    [{ all: { bytes: -1 } }, "budget.all.bytes"],
    [{ all: { requestsPerSecond: Number.NaN } }, "budget.all.requestsPerSecond"],
  ];
  for (const [given, option] of wrong) {
    it(`are refused: ${inspect(given)} at ${option}`, () => {
      assert.throws(() => budgets(given), { code: "BAD_CONFIG", option });
    });
  }

  for (const [key, what] of [
    ["requests", "whole number"],
    ["bytes", "whole number"],
    ["requestsPerSecond", "number"],
  ] as const) {
    it(`need a ${what} as ${key}`, () => {
      const message = `budget.all.${key}: must be a ${what} above 0`;
      assert.throws(() => budgets({ all: { [key]: 0 } }), { message });
    });
  }

  it("have no run where there is none, and nothing else in the rule of a run", () => {
    assert.throws(() => new RuleBudgets({ run: {} }, "budget", { scopes: ["all"], clock: REAL_CLOCK }), {
      option: "budget.run",
    });
    assert.throws(() => new RuleBudgets({ all: {} }, "budget", { scopes: ["run"], clock: REAL_CLOCK }), {
      option: "budget.all",
    });
  });
});
