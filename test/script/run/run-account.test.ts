import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { heapError, readLimits } from "../../../host/script/blame/limits.ts";
import { MemoryBudget } from "../../../host/script/run/memory-budget.ts";
import { type AccountOwner, RunAccount, type RunShares } from "../../../host/script/run/run-account.ts";

/** What counts for each run that has begun. */
const OF_BOOKS = 8192;

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A run that has begun, and what it has lost. */
function runOf(shares: RunShares): { account: RunAccount; lost: number[] } {
  const lost: number[] = [];
  const owner: AccountOwner = {
    onExceeded: (limit) => assert.fail(limit),
    onLoss: () => assert.fail("there is memory enough"),
    onHeapLoss: (most) => {
      lost.push(most);
      account.close();
    },
  };
  const account = new RunAccount(readLimits({}), shares, owner);
  account.open();
  return { account, lost };
}

describe("the JavaScript heap that the books of runs take", () => {
  it("is less than there is: the largest run of the script that takes most is ended", async () => {
    const [memory, heap] = [new MemoryBudget(2 ** 40), new MemoryBudget(100_000)];
    const shares = (): RunShares => ({ memory: memory.newShare(), heap: heap.newShare() });
    const [greedy, modest] = [shares(), shares()];
    const runs = [runOf(greedy), runOf(greedy), runOf(modest)] as const;
    assert.deepEqual([heap.used, memory.used], [3 * OF_BOOKS, 3 * OF_BOOKS]);
    runs[0].account.countHeap(30_000);
    runs[1].account.countHeap(40_000);
    await settled();
    assert.deepEqual(
      runs.map(({ lost }) => lost),
      [[], [], []],
    );
    runs[2].account.countHeap(10_000);
    await settled();
    assert.deepEqual(
      runs.map(({ lost }) => lost),
      [[], [100_000], []],
    );
    assert.equal(heap.used, 2 * OF_BOOKS + 40_000);
  });

  it("is given back at the end of a run, and what comes later counts no more", () => {
    const [memory, heap] = [new MemoryBudget(1_000_000), new MemoryBudget(1_000_000)];
    const { account } = runOf({ memory: memory.newShare(), heap: heap.newShare() });
    account.countHeap(500);
    account.countHeap(-200);
    assert.equal(heap.used, OF_BOOKS + 300);
    account.close();
    account.countHeap(-300);
    assert.deepEqual([heap.used, memory.used], [0, 0]);
  });

  it("is what the run is told of, and which option is about it", () => {
    const { code, message } = heapError(100_000);
    assert.equal(code, "MEMORY_LIMIT");
    assert.match(message, /100000 bytes of the JavaScript heap \(half of --max-old-space-size\)/);
  });
});
