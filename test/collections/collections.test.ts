import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Fifo, Link } from "../../host/collections/fifo.ts";
import { Heap } from "../../host/collections/heap.ts";
import { type Ranked, Ranking } from "../../host/collections/ranking.ts";
import { Deadline } from "../../host/lifetime/deadline.ts";

describe("Fifo", () => {
  it("does what an array does, in any order of pushes and removals", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 9 }), { maxLength: 60 }), (operations) => {
        const links = Array.from({ length: 10 }, (_, index) => new Link(index));
        const fifo = new Fifo<number>();
        let model: number[] = [];
        for (const index of operations) {
          const link = links[index] as Link<number>;
          if (link.list === null) {
            fifo.push(link);
            model.push(index);
          } else {
            fifo.remove(link);
            model = model.filter((other) => other !== index);
          }
          const forward: number[] = [];
          for (let at = fifo.first; at !== null; at = at.next) forward.push(at.value);
          const backward: number[] = [];
          for (let at = fifo.last; at !== null; at = at.previous) backward.unshift(at.value);
          assert.deepEqual([forward, backward, fifo.length], [model, model, model.length]);
        }
      }),
    );
  });

  it("leaves a link of another list alone", () => {
    const [mine, other, link] = [new Fifo<number>(), new Fifo<number>(), new Link(1)];
    other.push(link);
    mine.remove(link);
    assert.deepEqual([mine.length, other.length, link.list], [0, 1, other]);
  });
});

describe("Ranking", () => {
  it("has the lowest rank first, whichever ranks change", () => {
    const change = fc.tuple(fc.nat({ max: 4 }), fc.option(fc.nat({ max: 99 }), { freq: 3 }));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
        const ranking = new Ranking<Ranked>();
        const items = Array.from({ length: 5 }, () => ({
          rank: Number.POSITIVE_INFINITY,
          heldRank: Number.POSITIVE_INFINITY,
        }));
        for (const [index, rank] of changes) {
          const item = items[index] as Ranked;
          item.rank = rank ?? Number.POSITIVE_INFINITY;
          ranking.update(item);
          const lowest = Math.min(...items.map((one) => one.rank));
          assert.equal(ranking.first()?.rank ?? Number.POSITIVE_INFINITY, lowest);
        }
      }),
    );
  });
});

describe("Heap", () => {
  it("gives the lowest rank first, whatever came when", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.nat(), { freq: 3 })), (operations) => {
        const heap = new Heap<string>();
        let model: number[] = [];
        for (const rank of operations) {
          if (rank === null) {
            const lowest = model.shift();
            assert.equal(heap.lowest(), lowest ?? Number.POSITIVE_INFINITY);
            assert.equal(heap.peek(), lowest === undefined ? undefined : String(lowest));
            assert.equal(heap.pop(), lowest === undefined ? undefined : String(lowest));
          } else {
            heap.push(rank, String(rank));
            model = [...model, rank].sort((a, b) => a - b);
          }
          assert.equal(heap.size, model.length);
        }
      }),
    );
  });
});

describe("Deadline", () => {
  it("is reached, however far away, in steps that a timer can hold", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const limit = 2 ** 31 - 1;
    let reached = 0;
    const waiter = { onDeadline: () => reached++ };
    new Deadline(2 * limit + 5, waiter);
    context.mock.timers.tick(limit);
    context.mock.timers.tick(limit);
    context.mock.timers.tick(4);
    assert.equal(reached, 0);
    context.mock.timers.tick(1);
    assert.equal(reached, 1);
  });

  it("stands still while it is paused", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    let now = 0;
    context.mock.method(performance, "now", () => now);
    let reached = 0;
    const deadline = new Deadline(10, { onDeadline: () => reached++ });
    const pass = (ms: number): void => {
      now += ms;
      context.mock.timers.tick(ms);
    };
    pass(4);
    deadline.pause();
    deadline.pause();
    pass(1000);
    deadline.resume();
    deadline.resume();
    pass(5);
    assert.equal(reached, 0);
    pass(1);
    assert.equal(reached, 1);
  });

  it("does not go on once it is cancelled", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    for (const ms of [10, Number.POSITIVE_INFINITY]) {
      const deadline = new Deadline(ms, { onDeadline: () => assert.fail() });
      deadline.pause();
      deadline.cancel();
      deadline.resume();
      context.mock.timers.tick(100);
    }
  });

  it("is not reached once it is cancelled", (context) => {
    context.mock.timers.enable({ apis: ["setTimeout"] });
    const deadline = new Deadline(2 ** 31 + 5, { onDeadline: () => assert.fail() });
    context.mock.timers.tick(2 ** 31 - 1);
    deadline.cancel();
    context.mock.timers.tick(100);
  });
});
