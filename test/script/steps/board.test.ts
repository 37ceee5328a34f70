import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Board, cellOf, WINDOW } from "../../../host/script/steps/board.ts";

/** The same board, as its owner and as the worker see it. */
function boards(): [owner: Board, worker: Board] {
  const owner = new Board();
  return [owner, new Board(owner.buffer)];
}

describe("a board", () => {
  it("gives a step to the worker or back to its owner, and never to both", () => {
    const [owner, worker] = boards();
    owner.send(1);
    owner.send(2);
    assert.deepEqual([owner.takeBack(1), worker.claim(1), owner.takeBack(1)], [true, false, false]);
    assert.equal(owner.current, 0);
    assert.deepEqual([worker.claim(2), owner.takeBack(2), worker.claim(2)], [true, false, false]);
  });

  it("says who is inside, and that a guest is metered", () => {
    const [owner, worker] = boards();
    owner.send(7);
    worker.claim(7);
    const { beats } = owner;
    assert.equal(owner.current, cellOf(7));
    assert.equal(worker.beat(), true);
    assert.equal(owner.beats, beats + 1);
    worker.rest();
    assert.equal(owner.current, 0);
  });

  it("ends the guest of the step that is computed, whatever else is cancelled before and after", () => {
    const [owner, worker] = boards();
    for (const ticket of [1, 2, 3]) owner.send(ticket);
    worker.claim(1);
    worker.rest();
    worker.claim(2);
    owner.cancel(2);
    owner.cancel(1);
    owner.cancel(3);
    assert.equal(worker.beat(), false);
    worker.rest();
    worker.claim(3);
    assert.equal(worker.beat(), true);
    owner.cancel(3);
    assert.equal(worker.beat(), false);
  });

  it("does not take a step for one that had its place before, however many there were", () => {
    for (const first of [1, 2 ** 30 - WINDOW, 2 ** 31 - WINDOW, 2 ** 32 - WINDOW]) {
      const [owner, worker] = boards();
      for (let ticket = first; ticket < first + WINDOW; ticket++) owner.send(ticket);
      assert.ok(owner.takeBack(first));
      owner.send(first + WINDOW);
      assert.equal(worker.claim(first), false);
      for (let ticket = first + 1; ticket <= first + WINDOW; ticket++) {
        assert.ok(worker.claim(ticket));
        assert.equal(owner.current, cellOf(ticket));
        assert.notEqual(owner.current, 0);
      }
    }
  });
});
