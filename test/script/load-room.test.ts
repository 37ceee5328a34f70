import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { LoadRoom, MODULE_SHARE } from "../../host/script/load-room.ts";
import { MemoryBudget } from "../../host/script/run/memory-budget.ts";
import { failureOf } from "../support/script-runtime.ts";

/** Three quarters of it are for what belongs to no run: 12 bytes of modules, with all that they need. */
const MOST = 16 * MODULE_SHARE;

/** Loads modules that are loaded when the test says so. */
class Loads {
  readonly budget = new MemoryBudget(MOST);
  readonly began: string[] = [];
  readonly #room = new LoadRoom(this.budget);
  readonly #finish = new Map<string, () => void>();

  load(name: string, size: number): Promise<string> {
    return this.#room.load(size, async () => {
      this.began.push(name);
      await new Promise<void>((resolve) => this.#finish.set(name, resolve));
      return name;
    });
  }

  finish(name: string): void {
    this.#finish.get(name)?.();
  }
}

const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await turn();
};

describe("the memory for modules that are loaded", () => {
  it("is enough for some at the same time, to the byte, and others wait in their order", async () => {
    const loads = new Loads();
    const loading = [loads.load("a", 6), loads.load("b", 6), loads.load("c", 7), loads.load("d", 1)];
    await settled();
    assert.deepEqual(loads.began, ["a", "b"]);
    loads.finish("a");
    await settled();
    assert.deepEqual(loads.began, ["a", "b"], "there is room for d, but its turn comes after c");
    loads.finish("b");
    await settled();
    assert.deepEqual(loads.began, ["a", "b", "c", "d"]);
    for (const name of ["c", "d"]) loads.finish(name);
    assert.deepEqual(await Promise.all(loading), ["a", "b", "c", "d"]);
    assert.equal(loads.budget.used, 0);
  });

  it("is not there for a module that is too large alone, and the next one is not held up", async () => {
    const loads = new Loads();
    const tooLarge = failureOf(loads.load("too large", 13));
    const next = loads.load("next", 12);
    assert.equal((await tooLarge).code, "MEMORY_LIMIT");
    await settled();
    loads.finish("next");
    assert.equal(await next, "next");
  });

  it("counts a script that was loaded before the next one has its turn", async () => {
    const loads = new Loads();
    const first = loads.load("a", 8).then(() => loads.budget.hold(8 * MODULE_SHARE));
    const second = failureOf(loads.load("b", 8));
    await settled();
    loads.finish("a");
    await first;
    assert.equal((await second).code, "MEMORY_LIMIT");
    assert.deepEqual(loads.began, ["a"]);
  });

  it("is given back when a module could not be loaded", async () => {
    const budget = new MemoryBudget(MOST);
    const room = new LoadRoom(budget);
    const failed = room.load(12, () => Promise.reject(new Error("no module")));
    await assert.rejects(failed, /no module/);
    assert.equal(await room.load(12, async () => budget.used), 12 * MODULE_SHARE);
  });
});
