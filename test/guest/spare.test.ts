import assert from "node:assert/strict";
import { beforeEach, describe, it } from "node:test";
import type { Instance } from "../../host/guest/engine/instance.ts";
import { Spare } from "../../host/guest/engine/spare.ts";

const MIB = 1 << 20;
/** What a thread keeps for all its engines. */
const MOST = 64 * MIB;

/** An instance with so many bytes. */
function instanceOf(memorySize: number, pristineSize: number, hasGrown: boolean): Instance {
  return { memorySize, pristine: { memory: { length: pristineSize } }, hasGrown, reset() {} } as Instance;
}

/** An engine's spare, and what became of it. */
class Engine {
  made = 0;
  forgotten = 0;
  readonly #spare: Spare;

  constructor({ memory = 0, pristine = 0, grows = false }) {
    this.#spare = new Spare({
      make: () => {
        this.made++;
        return instanceOf(memory, pristine, grows);
      },
      forget: () => {
        this.forgotten++;
      },
    });
  }

  /** @returns How often an instance was made, and forgotten */
  call(): [made: number, forgotten: number] {
    this.#spare.give(this.#spare.take());
    return [this.made, this.forgotten];
  }
}

const engines = (count: number, sizes: ConstructorParameters<typeof Engine>[0]): Engine[] =>
  Array.from({ length: count }, () => new Engine(sizes));

describe("the instances that engines keep for their next call", () => {
  /** Nothing of an earlier test is kept. */
  beforeEach(() => new Engine({ memory: MOST }).call());

  it("are kept if they are small, of 64 engines", () => {
    const all = engines(64, { memory: MIB / 2 });
    for (const engine of all) engine.call();
    assert.deepEqual(
      all.map((engine) => engine.call()),
      all.map(() => [1, 0]),
    );
    new Engine({}).call();
    assert.deepEqual(
      all.map(({ forgotten }) => forgotten),
      all.map((_, index) => (index === 0 ? 1 : 0)),
    );
  });

  it("are lost first by engines that were not called for long, with what all instances begin with", () => {
    const [first, second, third] = engines(3, { memory: 16 * MIB, pristine: 16 * MIB }) as [
      Engine,
      Engine,
      Engine,
    ];
    first.call();
    second.call();
    first.call();
    third.call();
    assert.deepEqual(
      [first.call(), third.call(), second.call()],
      [
        [1, 0],
        [1, 0],
        [2, 1],
      ],
    );
  });

  it("count also if they do not come back, because what they began with is kept", () => {
    const [growing] = engines(1, { memory: 16 * MIB, pristine: 16 * MIB, grows: true }) as [Engine];
    growing.call();
    const others = engines(2, { memory: 32 * MIB });
    for (const other of others) other.call();
    assert.deepEqual([growing.made, growing.forgotten], [1, 1]);
  });

  it("are kept by the engine that was called last, however large they are", () => {
    const large = new Engine({ memory: 2 * MOST });
    large.call();
    assert.deepEqual(large.call(), [1, 0]);
    new Engine({}).call();
    assert.equal(large.forgotten, 1);
  });
});
