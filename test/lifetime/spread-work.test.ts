import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { SpreadWork } from "../../host/lifetime/spread-work.ts";
import { burn } from "../support/burn.ts";

describe("work that is spread over turns", () => {
  it("does at once what fits in the turn, and the rest in later turns, in order", async () => {
    const work = new SpreadWork(5);
    const done: number[] = [];
    const doing = (number: number, ms: number) => () => {
      burn(ms);
      done.push(number);
    };
    work.now(doing(1, 0));
    work.now(doing(2, 6));
    work.now(doing(3, 6));
    work.now(doing(4, 6));
    assert.deepEqual(done, [1, 2]);
    await setImmediate();
    assert.deepEqual(done, [1, 2, 3]);
    work.now(doing(5, 0));
    await setImmediate();
    assert.deepEqual(done, [1, 2, 3, 4]);
    await setImmediate();
    assert.deepEqual(done, [1, 2, 3, 4, 5]);
    work.now(doing(6, 0));
    assert.equal(done.at(-1), 6);
  });

  it("does one job in each turn if there is no budget, and what a job asks for behind the others", async () => {
    const work = new SpreadWork(0);
    const done: string[] = [];
    work.later(() => {
      burn(1);
      done.push("a");
      work.later(() => done.push("after a"));
    });
    work.later(() => {
      burn(1);
      done.push("b");
    });
    assert.deepEqual(done, []);
    await setImmediate();
    assert.deepEqual(done, ["a"]);
    await setImmediate();
    assert.deepEqual(done, ["a", "b"]);
    await setImmediate();
    assert.deepEqual(done, ["a", "b", "after a"]);
  });

  it("does each job in the asynchronous context of whoever asked", async () => {
    const work = new SpreadWork(0);
    const whose = new AsyncLocalStorage<string>();
    const seen: (string | undefined)[] = [];
    for (const name of ["A", "B"]) whose.run(name, () => work.later(() => seen.push(whose.getStore())));
    for (let turn = 0; turn < 3; turn++) await setImmediate();
    assert.deepEqual(seen, ["A", "B"]);
  });

  it("says when all is done that waits now, also if a job asks", async () => {
    const work = new SpreadWork(0);
    assert.equal(work.pending, undefined);
    const done: string[] = [];
    let pending: Promise<void> | undefined;
    work.later(() => {
      pending = work.pending;
      work.later(() => done.push("later"));
    });
    work.later(() => done.push("waited"));
    await setImmediate();
    await pending;
    assert.equal(done[0], "waited");
  });

  it("keeps the order if a job asks for one at once while others wait", async () => {
    const work = new SpreadWork(5);
    const done: number[] = [];
    work.later(() => {
      work.now(() => done.push(3));
      done.push(1);
    });
    work.later(() => done.push(2));
    await setImmediate();
    await work.pending;
    assert.deepEqual(done, [1, 2, 3]);
  });
});
