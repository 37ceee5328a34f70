import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Dial, Lane } from "../../../host/network/pool/lane.ts";
import { Lanes } from "../../../host/network/pool/lanes.ts";
import { Learning } from "../../../host/network/pool/learning.ts";
import { booksOf, DESTINATION, enqueue, slotOf, type Waiting } from "../../support/pool-books.ts";

const TENANCY = "a";

/** A lane of a tenancy: one dial is out to learn what its server speaks, and so many wait for it. */
function world(waiting: number) {
  const { queue } = booksOf();
  const lanes = new Lanes(0, null);
  const join = (): Lane => lanes.join(DESTINATION, TENANCY);
  const lane = join();
  const books = { queue, host: lane.host, lane };
  const waiters = Array.from({ length: waiting }, (): Waiting => enqueue(books, {}, join()));
  const dial = { lane, tenancy: TENANCY } as Dial;
  return { queue, lanes, lane, waiters, dial, learning: new Learning(queue, lanes) };
}

describe("a lane learns", () => {
  it("that its server speaks HTTP/1.1: those who wait go to the lane of everybody, in their order", () => {
    const { lanes, lane, waiters, dial, learning } = world(3);
    const home = learning.learn(dial, "http/1.1");
    assert.deepEqual([home.key, home.protocol, [...lanes.values()]], [DESTINATION.key, "http/1.1", [home]]);
    // The place of the dial is that of the connection now.
    assert.deepEqual([lane.users, home.users, home.host.lanes], [0, 1 + waiters.length, 1]);
    assert.deepEqual([lane.undialled.length, lane.wanted], [0, 0]);
    assert.deepEqual([home.undialled.length, home.wanted, home.host.wanted], [3, 3, 3]);
    for (const waiter of waiters) {
      assert.equal(waiter.lane, home);
      assert.equal(home.nextInLine, waiter);
      assert.equal(home.waiting.first?.value, waiter);
      home.undialled.first?.list?.remove(waiter.inQueue);
      home.waiting.first?.list?.remove(waiter.inLane);
    }
  });

  it("that it speaks HTTP/2: then it keeps its own, and wants a dial for each hundred", () => {
    const { lanes, lane, dial, learning } = world(101);
    assert.equal(lane.host.wanted, 1);
    assert.equal(learning.learn(dial, "h2"), lane);
    assert.deepEqual([lane.protocol, lane.users, [...lanes.values()]], ["h2", 102, [lane]]);
    assert.deepEqual([lane.undialled.length, lane.host.wanted], [101, 2]);
  });

  for (const capacity of [1, 10])
    it(`how many exchanges a connection allows, as soon as its peer has said so: ${capacity}`, () => {
      const books = booksOf(0, 0, "h2");
      const { lane, host } = books;
      const { learning } = world(0);
      const state = { capacity: 1, isSettling: true };
      const slot = slotOf(lane, state);
      for (let waiting = 0; waiting < 150; waiting++) enqueue(books);
      assert.equal(host.wanted, 2);
      const settle = (): number[] => {
        learning.settle(slot);
        return [lane.settling, lane.breadth, host.wanted];
      };
      for (let times = 0; times < 2; times++) assert.deepEqual(settle(), [1, 100, 1]);
      Object.assign(state, { isSettling: false, capacity });
      for (let times = 0; times < 2; times++) assert.deepEqual(settle(), [0, capacity, 150 / capacity]);
    });

  it("nothing of a connection that has closed before its peer has said so", () => {
    const { lane } = booksOf(0, 0, "h2");
    const { learning } = world(0);
    const state = { capacity: 1, isSettling: true };
    const slot = slotOf(lane, state);
    learning.settle(slot);
    slot.state = "closed";
    state.capacity = 0;
    learning.settle(slot);
    assert.deepEqual([lane.settling, lane.breadth], [0, 100]);
  });
});
