import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { availableMemory } from "../../host/script/run/machine-memory.ts";
import { MemoryBudget } from "../../host/script/run/memory-budget.ts";
import { MemoryAccount, type MemoryShare } from "../../host/script/run/memory-share.ts";

const GUESS = 1 << 18;

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A script with runs that hold so much. Those that lose write their names down. */
function holders(share: MemoryShare, lost: string[], bytes: Record<string, number>): MemoryAccount[] {
  return Object.entries(bytes).map(([name, held]) => {
    const account: MemoryAccount = new MemoryAccount(share, {
      onLoss() {
        lost.push(name);
        account.close();
      },
    });
    account.open();
    account.expect();
    account.change(held);
    return account;
  });
}

describe("the memory of all runs", () => {
  it("is enough to the byte, and one byte more ends a run", async () => {
    const budget = new MemoryBudget(100);
    const lost: string[] = [];
    const [account] = holders(budget.newShare(), lost, { a: 100 });
    await settled();
    assert.deepEqual([budget.used, lost], [100, []]);
    account?.change(1);
    await settled();
    assert.deepEqual([budget.used, lost], [0, ["a"]]);
  });

  it("is taken from the largest run of the script that holds most, not from whoever asks", async () => {
    const budget = new MemoryBudget(100);
    const lost: string[] = [];
    holders(budget.newShare(), lost, { small: 20, medium: 25, other: 10 });
    holders(budget.newShare(), lost, { large: 40 });
    const [innocent] = holders(budget.newShare(), lost, { innocent: 5 });
    innocent?.change(1);
    await settled();
    assert.deepEqual([budget.used, lost], [76, ["medium"]]);
  });

  it("is taken from as many runs as needed, when all that comes in a turn is counted", async () => {
    const budget = new MemoryBudget(100);
    const lost: string[] = [];
    const [first] = holders(budget.newShare(), lost, { first: 101 });
    holders(budget.newShare(), lost, { a: 150, b: 140, c: 30 });
    first?.change(-100);
    await settled();
    assert.deepEqual([budget.used, lost], [31, ["a", "b"]]);
  });

  it("is not taken from runs for what belongs to no run", async () => {
    const budget = new MemoryBudget(100);
    const lost: string[] = [];
    budget.hold(200);
    await settled();
    holders(budget.newShare(), lost, { a: 1 });
    await settled();
    assert.deepEqual([budget.used, lost], [200, ["a"]]);
  });

  it("gives up what is kept to be used again before it ends a run", async () => {
    const free = 1 << 24;
    const budget = new MemoryBudget(100);
    const reserve = {
      size: free + 50,
      shrink: (most: number) => {
        reserve.size = most;
      },
    };
    budget.addReserve(reserve);
    const lost: string[] = [];
    holders(budget.newShare(), lost, { a: 50 });
    await settled();
    assert.deepEqual([reserve.size, lost], [free + 50, []]);
    holders(budget.newShare(), lost, { b: 10 });
    await settled();
    assert.deepEqual([reserve.size, lost], [free + 40, []]);
    holders(budget.newShare(), lost, { c: 45 });
    await settled();
    assert.deepEqual([lost, budget.used], [["a"], 55]);
    budget.removeReserve(reserve);
    reserve.size = 1000 * free;
    holders(budget.newShare(), lost, { d: 45 });
    await settled();
    assert.deepEqual(lost, ["a"]);
  });

  it("a part counts in the whole, and the whole ends runs of any part", async () => {
    const whole = new MemoryBudget(100);
    const [part, free] = [new MemoryBudget(80, whole), new MemoryBudget(undefined, whole)];
    const lost: string[] = [];
    holders(part.newShare(), lost, { part: 70 });
    const [other] = holders(free.newShare(), lost, { free: 30 });
    await settled();
    assert.deepEqual([whole.used, free.limit, lost], [100, 100, []]);
    other?.change(1);
    await settled();
    assert.deepEqual([part.used, free.used, whole.used, lost], [0, 31, 31, ["part"]]);
  });

  it("lets a run begin while there is room for what it is expected to hold", () => {
    const budget = new MemoryBudget(3 * GUESS);
    const share = budget.newShare();
    const [first] = holders(share, [], { a: 0 });
    assert.ok(budget.mayEnter(share));
    holders(share, [], { b: 0 });
    assert.ok(budget.mayEnter(share));
    holders(share, [], { c: 0 });
    assert.ok(!budget.mayEnter(share));
    first?.settle();
    assert.ok(budget.mayEnter(share), "the one that waits holds nothing");
  });

  it("learns at once what more a script's runs hold, and slowly that they hold less", () => {
    const share = new MemoryBudget(1).newShare();
    const [large, small] = holders(share, [], { large: 8 * GUESS, small: 0 });
    large?.settle();
    assert.equal(share.guess, 8 * GUESS);
    small?.settle();
    assert.equal(share.guess, 7 * GUESS);
  });

  it("lets a script begin a run that has less than its part, whatever the others hold", () => {
    const budget = new MemoryBudget(4 * GUESS);
    const [greedy, modest] = [budget.newShare(), budget.newShare()];
    holders(greedy, [], { a: 4 * GUESS });
    assert.ok(!budget.mayEnter(greedy));
    assert.ok(budget.mayEnter(modest));
    holders(modest, [], { b: GUESS });
    assert.ok(!budget.mayEnter(modest), "with one more it would have more than half");
  });

  it("says once when there is less in use, in a part or in the whole", async () => {
    const whole = new MemoryBudget(100);
    const [part, other] = [new MemoryBudget(50, whole), new MemoryBudget(50, whole)];
    let told = 0;
    const [account] = holders(other.newShare(), [], { a: 10 });
    part.whenLess(() => told++);
    account?.change(1);
    await settled();
    assert.equal(told, 0);
    account?.change(-1);
    account?.change(-1);
    await settled();
    assert.equal(told, 1);
  });
});

describe("the memory that there is", () => {
  it("is that of the machine, or of the container if that has less", () => {
    assert.equal(availableMemory(1000, 0), 1000);
    assert.equal(availableMemory(1000, 600), 600);
    assert.equal(availableMemory(1000, 2 ** 63), 1000);
    assert.ok(availableMemory(1000) <= 1000);
  });
});
