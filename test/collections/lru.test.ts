import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Lru } from "../../host/collections/lru.ts";

/** A slow and simple model. The value that was used last is at the end. */
class Model {
  entries: [key: number, value: number][] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: number): number | undefined {
    const value = this.entries.find(([other]) => other === key)?.[1];
    if (value !== undefined) this.put(key, value);
    return value;
  }

  /** A weight of 0 removes it. */
  put(key: number, value: number): void {
    this.entries = this.entries.filter(([other]) => other !== key);
    if (value > 0) this.entries.push([key, value]);
    while (this.entries.reduce((sum, [, weight]) => sum + weight, 0) > this.#capacity) this.entries.shift();
  }
}

describe("Lru", () => {
  it("keeps as much as its capacity, and lets go of what was used least recently", () => {
    const evicted: string[] = [];
    const lru = new Lru<string, string>(2, { onEvict: (value) => evicted.push(value) });
    lru.set("a", "A");
    lru.set("b", "B");
    assert.deepEqual(evicted, []);
    assert.equal(lru.get("a"), "A");
    lru.set("c", "C");
    assert.deepEqual(evicted, ["B"]);
    assert.deepEqual([lru.get("a"), lru.get("b"), lru.get("c")], ["A", undefined, "C"]);
  });

  it("weighs values: one at the capacity is kept, one past it is not, and the old one is gone", () => {
    const lru = new Lru<string, string>(4, { weigh: (value) => value.length });
    lru.set("a", "xxxx");
    assert.equal(lru.get("a"), "xxxx");
    lru.set("a", "xxxxx");
    assert.equal(lru.get("a"), undefined);
    assert.equal(lru.size, 0);
    lru.set("a", "xx");
    lru.set("b", "xx");
    lru.set("c", "x");
    assert.deepEqual([lru.get("a"), lru.get("b"), lru.get("c")], [undefined, "xx", "x"]);
  });

  it("behaves as a list that is searched", () => {
    const step = fc.oneof(
      fc.record({ does: fc.constantFrom("get", "delete"), key: fc.nat({ max: 5 }) }),
      fc.record({ does: fc.constant("set"), key: fc.nat({ max: 5 }), value: fc.integer({ min: 1, max: 4 }) }),
    );
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const lru = new Lru<number, number>(6, { weigh: (value) => value });
        const model = new Model(6);
        for (const { does, key, value = 0 } of steps as { does: string; key: number; value?: number }[]) {
          if (does === "get") assert.equal(lru.get(key), model.get(key));
          else if (does === "delete") lru.delete(key);
          else lru.set(key, value);
          if (does !== "get") model.put(key, does === "set" ? value : 0);
          assert.equal(lru.size, model.entries.length);
        }
      }),
    );
  });
});
