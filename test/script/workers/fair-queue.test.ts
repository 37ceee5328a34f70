import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FairQueue } from "../../../host/script/workers/fair-queue.ts";

/** Takes and charges items, which are `party` and milliseconds, until these milliseconds are over. @returns the shares */
function serve(queue: FairQueue<string, Work>, totalMs: number): Record<string, number> {
  const shares: Record<string, number> = {};
  for (let ms = 0; ms < totalMs; ) {
    const work = queue.shift();
    assert.ok(work !== undefined);
    queue.charge(work.party, work.ms);
    shares[work.party] = (shares[work.party] ?? 0) + work.ms;
    ms += work.ms;
  }
  return shares;
}

interface Work {
  readonly party: string;
  readonly ms: number;
}

function fill(
  queue: FairQueue<string, Work>,
  party: string,
  { count, ms }: { count: number; ms: number },
): void {
  for (let i = 0; i < count; i++) queue.push(party, { party, ms });
}

describe("a fair queue", () => {
  it("gives each party the same time, however many items it has and whatever they take", () => {
    const queue = new FairQueue<string, Work>();
    fill(queue, "many", { count: 10_000, ms: 1 });
    fill(queue, "long", { count: 100, ms: 20 });
    fill(queue, "short", { count: 10_000, ms: 0.1 });
    const shares = serve(queue, 900);
    for (const party of ["many", "long", "short"]) {
      assert.ok(Math.abs((shares[party] ?? 0) - 300) <= 21, `${party} has ${shares[party]}`);
    }
  });

  it("keeps the order within a party, and gives everything out once", () => {
    const queue = new FairQueue<number, number>();
    for (let i = 0; i < 300; i++) queue.push(i % 3, i);
    const order: number[] = [];
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      queue.charge(next % 3, 1 + (next % 3));
      order.push(next);
    }
    assert.equal(queue.length, 0);
    assert.equal(new Set(order).size, 300);
    for (const party of [0, 1, 2]) {
      const own = order.filter((item) => item % 3 === party);
      assert.deepEqual(
        own,
        [...own].sort((a, b) => a - b),
      );
    }
  });

  it("gives no claim to a party that was away", () => {
    const queue = new FairQueue<string, Work>();
    fill(queue, "away", { count: 1, ms: 1 });
    fill(queue, "busy", { count: 3000, ms: 1 });
    serve(queue, 1000);
    fill(queue, "away", { count: 1000, ms: 1 });
    fill(queue, "new", { count: 1000, ms: 1 });
    const shares = serve(queue, 600);
    for (const party of ["away", "busy", "new"]) {
      assert.ok(Math.abs((shares[party] ?? 0) - 200) <= 2, `${party} has ${shares[party]}`);
    }
  });

  it("lets a party pay at once for what takes long, though it waits already", () => {
    const queue = new FairQueue<string, Work>();
    fill(queue, "long", { count: 2, ms: 1000 });
    fill(queue, "short", { count: 500, ms: 1 });
    assert.equal(queue.shift()?.party, "long");
    queue.charge("long", 1000);
    assert.deepEqual(serve(queue, 500), { short: 500 });
    assert.equal(queue.shift()?.party, "long");
  });

  it("counts nothing for what was taken out and put back", () => {
    const queue = new FairQueue<string, Work>();
    fill(queue, "paid", { count: 1, ms: 1 });
    queue.charge("paid", 1000);
    fill(queue, "other", { count: 1, ms: 1 });
    const taken = [queue.shift(), queue.shift()];
    assert.deepEqual(
      taken.map((work) => work?.party),
      ["other", "paid"],
    );
    for (const work of taken) if (work !== undefined) queue.push(work.party, work);
    fill(queue, "other", { count: 500, ms: 1 });
    assert.deepEqual(serve(queue, 501), { other: 501 });
  });

  it("takes items out of its middle, whose parties then wait no more", () => {
    const queue = new FairQueue<string, number>();
    const links = [1, 2, 3].map((item) => queue.push("a", item));
    const only = queue.push("b", 4);
    for (const link of [links[1], only, only]) if (link !== undefined) queue.remove(link);
    assert.equal(queue.length, 2);
    assert.deepEqual([queue.shift(), queue.shift(), queue.shift()], [1, 3, undefined]);
    queue.push("b", 5);
    assert.deepEqual([queue.shift(), queue.length], [5, 0]);
  });
});
