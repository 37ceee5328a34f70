import assert from "node:assert/strict";
import type { Duplex } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import type { Protocol } from "../../../host/network/exchange/exchange.ts";
import { Choice } from "../../../host/network/pool/choice.ts";
import { Closing } from "../../../host/network/pool/closing.ts";
import { Dials } from "../../../host/network/pool/dials.ts";
import type { ExchangeNeeds } from "../../../host/network/pool/exchange-source.ts";
import { HostLimit, Lane } from "../../../host/network/pool/lane.ts";
import { IdleSlots } from "../../../host/network/pool/lanes.ts";
import { booksOf, DESTINATION, enqueue, slotOf, Waiting } from "../../support/pool-books.ts";

const script = (number: number): Partial<ExchangeNeeds> => ({ asker: { number, script: number } });

describe("the dials that a lane wants", () => {
  const h2 = { protocol: "h2", breadth: 10, waiting: 25 } as const;
  const CASES: readonly (readonly [state: object, wanted: number])[] = [
    [{ waiting: 0 }, 0],
    [{ waiting: 3 }, 3],
    [{ waiting: 3, fresh: 2 }, 5],
    [{ waiting: 3, covering: 1 }, 2],
    [{ waiting: 3, covering: 4 }, 0],
    [{ waiting: 3, dials: 3, settling: 1 }, 3],
    // Nobody knows what the server speaks: one dial finds out.
    [{ protocol: null, waiting: 0 }, 0],
    [{ protocol: null, waiting: 3 }, 1],
    [{ protocol: null, waiting: 3, dials: 1 }, 0],
    [{ protocol: null, waiting: 3, settling: 1 }, 0],
    [{ protocol: null, waiting: 3, fresh: 1 }, 2],
    [{ protocol: null, waiting: 3, isDoubtful: true, dials: 1, covering: 1 }, 2],
    [h2, 3],
    [{ ...h2, waiting: 20 }, 2],
    [{ ...h2, waiting: 21 }, 3],
    [{ ...h2, isDoubtful: true, covering: 9 }, 3],
    [{ ...h2, dials: 1 }, 2],
    [{ ...h2, dials: 1, settling: 1 }, 1],
    [{ ...h2, dials: 2, settling: 1 }, 0],
    [{ ...h2, breadth: 100 }, 1],
    [{ ...h2, waiting: 0 }, 0],
    [{ ...h2, waiting: 0, fresh: 1 }, 1],
  ];
  for (const [state, wanted] of CASES) {
    it(`are ${wanted} for ${JSON.stringify(state)}`, () => {
      const { waiting, fresh = 0, ...changes } = state as { waiting: number; fresh?: number };
      const books = booksOf();
      Object.assign(books.lane, changes);
      const others = Array.from({ length: waiting }, () => enqueue(books));
      const first = Array.from({ length: fresh }, () => enqueue(books, { isFresh: true }));
      assert.deepEqual([books.lane.wanted, books.host.wanted], [wanted, wanted]);
      assert.equal(books.lane.nextToDial, (wanted > fresh ? others[0] : first[0]) ?? null);
      assert.equal(books.lane.nextInLine, first[0] ?? others[0] ?? null);
      for (const waiter of [...others, ...first]) books.queue.dequeue(waiter, books.lane);
      assert.deepEqual([books.lane.wanted, books.host.wanted, books.queue.length], [0, 0, 0]);
    });
  }
});

describe("whoever may open a connection next", () => {
  it("is the one that came first, those of the application before scripts", () => {
    const books = booksOf();
    const other = new Lane("e", DESTINATION, books.host, "http/1.1");
    const ofScript = enqueue(books, script(1));
    const fresh = enqueue(books, { isFresh: true });
    const own = enqueue(books, {}, other);
    const later = enqueue(books);
    for (const waiter of [fresh, own, later, ofScript]) {
      assert.equal(books.queue.nextToOpen(), waiter);
      books.queue.dial(waiter, waiter.lane as Lane);
    }
    assert.deepEqual([books.queue.nextToOpen(), books.queue.length], [null, 0]);
  });

  for (const [maxTotal, maxHost] of [
    [2, 0],
    [0, 2],
    [2, 2],
  ] as const) {
    it(`is somebody only below the limits ${maxTotal} and ${maxHost}`, () => {
      const books = booksOf(maxTotal, maxHost);
      const { queue, host } = books;
      const waiter = enqueue(books);
      queue.count(host, 1);
      assert.equal(queue.nextToOpen(), waiter);
      assert.deepEqual([queue.isFull(host), queue.lacksRoom, queue.lacksRoomAt(host)], [false, false, false]);
      queue.count(host, 1);
      assert.equal(queue.nextToOpen(), null);
      assert.equal(queue.isFull(host), maxHost > 0);
      assert.deepEqual([queue.isOver(queue), queue.isOver(host)], [false, false]);
      // An idle connection makes room, but only one for each that waits.
      assert.deepEqual([queue.lacksRoom, queue.lacksRoomAt(host)], [maxHost === 0, maxHost > 0]);
      queue.isFirm = false;
      host.isFirm = false;
      assert.deepEqual([queue.lacksRoom, queue.lacksRoomAt(host)], [false, false]);
      queue.isFirm = true;
      host.isFirm = true;
      queue.countClosing(host, 1);
      assert.deepEqual([queue.lacksRoom, queue.lacksRoomAt(host)], [false, false]);
      queue.countClosing(host, -1);
      queue.dequeue(waiter, books.lane);
      assert.deepEqual([queue.lacksRoom, queue.lacksRoomAt(host)], [false, false]);
      queue.count(host, 1);
      assert.deepEqual([queue.isOver(queue), queue.isOver(host)], [maxTotal > 0, maxHost > 0]);
      queue.countClosing(host, 1);
      assert.deepEqual([queue.isOver(queue), queue.isOver(host)], [false, false]);
    });
  }

  it("is overtaken by whoever takes a connection that could be closed for it", () => {
    const books = booksOf(0, 1);
    const { queue, host, lane } = books;
    const fresh = enqueue(books, { isFresh: true });
    const later = enqueue(books);
    assert.deepEqual([queue.isOvertaking(later, host), queue.isOvertaking(fresh, host)], [true, false]);
    queue.count(host, 1);
    assert.deepEqual([queue.isOvertaking(later, host), queue.isOvertaking(fresh, host)], [true, false]);
    queue.dequeue(fresh, lane);
    assert.equal(queue.isOvertaking(later, host), false);
  });
});

describe("a connection", () => {
  it("goes to later waiters only so often, while an earlier one needs another", () => {
    const books = booksOf(0, 1);
    const choice = new Choice(books.queue);
    const slot = slotOf(books.lane);
    books.queue.count(books.host, 1);
    enqueue(books, { isFresh: true });
    const later = enqueue(books);
    for (let times = 0; times < 32; times++) assert.equal(choice.nextFor(slot), later);
    assert.equal(choice.nextFor(slot), null);
  });

  it("that is in use and has room is taken before an idle one, and the last idle one before others", () => {
    const books = booksOf();
    const choice = new Choice(books.queue);
    const waiter = new Waiting();
    const [shared, first, last] = [
      slotOf(books.lane, { capacity: 2 }),
      slotOf(books.lane),
      slotOf(books.lane),
    ];
    assert.equal(choice.readyFor(waiter, books.lane), null);
    books.lane.idle.push(first.inLane);
    books.lane.idle.push(last.inLane);
    choice.share(shared);
    assert.equal(choice.readyFor(waiter, books.lane), last);
    shared.leases = 1;
    choice.share(shared);
    assert.equal(choice.readyFor(waiter, books.lane), shared);
    shared.leases = 2;
    assert.equal(choice.readyFor(waiter, books.lane), last);
    choice.share(shared);
    assert.equal(books.lane.shared.length, 0);
  });

  it("has room while it is open and gives out fewer parts than it has", () => {
    const slot = slotOf(booksOf().lane, { capacity: 2 });
    assert.deepEqual([slot.hasRoom, slot.isIdle], [true, true]);
    slot.leases = 1;
    assert.deepEqual([slot.hasRoom, slot.isIdle], [true, false]);
    slot.leases = 2;
    assert.deepEqual([slot.hasRoom, slot.isIdle], [false, false]);
    slot.leases = 0;
    slot.state = "closing";
    assert.deepEqual([slot.hasRoom, slot.isIdle], [false, false]);
  });
});

describe("a dial", () => {
  function dialling(t: TestContext, protocol: Protocol | null = "http/1.1", maxTotal = 0) {
    t.mock.timers.enable({ apis: ["setTimeout"] });
    const books = booksOf(maxTotal, 0, protocol);
    const settle: {
      resolve: (socket: Duplex) => void;
      reject: (error: Error) => void;
      signal: AbortSignal;
    }[] = [];
    const seen: string[] = [];
    const dials = new Dials(
      (_destination, { signal }) =>
        new Promise((resolve, reject) => {
          settle.push({ resolve, reject, signal });
        }),
      books.queue,
      {
        onOpened: () => seen.push("opened"),
        onFailed: () => seen.push("failed"),
        onSlow: () => seen.push("slow"),
      },
    );
    const begin = (): Waiting => {
      const waiter = enqueue(books);
      dials.begin(waiter, books.lane);
      return waiter;
    };
    return { ...books, books, settle, seen, dials, begin, pass: (ms: number) => t.mock.timers.tick(ms) };
  }

  it("is slow after a second, once, and not if it has ended", async (t) => {
    const { lane, queue, seen, settle, begin, pass } = dialling(t);
    begin();
    begin();
    assert.deepEqual([lane.dials, queue.connections, queue.length], [2, 2, 0]);
    settle[0]?.resolve({} as Duplex);
    await new Promise(setImmediate);
    assert.deepEqual([seen, lane.dials], [["opened"], 1]);
    pass(999);
    assert.deepEqual([seen, lane.isDoubtful], [["opened"], false]);
    pass(1);
    assert.deepEqual([seen, lane.isDoubtful, lane.dials], [["opened", "slow"], true, 0]);
    settle[1]?.reject(new Error("refused"));
    await new Promise(setImmediate);
    pass(5000);
    assert.deepEqual([seen, lane.dials], [["opened", "slow", "failed"], 0]);
  });

  it("tells the books that those who waited to learn the protocol want their own, if it is slow", (t) => {
    const { lane, host, books, begin, pass } = dialling(t, null);
    begin();
    enqueue(books);
    enqueue(books);
    assert.deepEqual([lane.wanted, host.wanted], [0, 0]);
    pass(1000);
    assert.deepEqual([lane.wanted, host.wanted], [2, 2]);
  });

  it("that is spare covers one that waits, until it is slow or has ended", async (t) => {
    const { lane, host, books, dials, settle, begin, pass } = dialling(t);
    const served = [begin(), begin(), begin()];
    enqueue(books);
    enqueue(books);
    assert.equal(host.wanted, 2);
    for (const { dial } of served) dials.spare(dial ?? assert.fail());
    assert.deepEqual([lane.covering, host.wanted], [3, 0]);
    settle[0]?.reject(new Error("refused"));
    await new Promise(setImmediate);
    assert.deepEqual([lane.covering, host.wanted, host.spare.length], [2, 0, 2]);
    settle[1]?.reject(new Error("refused"));
    await new Promise(setImmediate);
    assert.deepEqual([lane.covering, host.wanted], [1, 1]);
    pass(1000);
    assert.deepEqual([lane.covering, host.wanted], [0, 2]);
    settle[2]?.resolve({} as Duplex);
    await new Promise(setImmediate);
    assert.deepEqual([lane.covering, host.wanted, host.spare.length], [0, 2, 0]);
  });

  it("that is spare is cut if nobody needs it: nobody waits, or it is slow", (t) => {
    const { queue, host, books, lane, dials, settle, begin, pass } = dialling(t);
    assert.equal(dials.cutSpare(null), false);
    dials.spare(begin().dial ?? assert.fail());
    dials.spare(begin().dial ?? assert.fail());
    assert.equal(dials.cutSpare(new HostLimit("other", 0)), false);
    const waiter = enqueue(books);
    assert.equal(dials.cutSpare(null), false);
    assert.equal(dials.cutSpare(host), false);
    queue.dequeue(waiter, lane);
    assert.equal(dials.cutSpare(host), true);
    assert.deepEqual(
      settle.map(({ signal }) => signal.aborted),
      [true, false],
    );
    assert.deepEqual([queue.closing, host.closing, lane.dials, lane.covering], [1, 1, 1, 1]);
    enqueue(books);
    pass(1000);
    assert.equal(dials.cutSpare(null), true);
    assert.deepEqual([queue.closing, lane.dials, lane.covering, host.spare.length], [2, 0, 0, 0]);
    assert.equal(dials.cutSpare(null), false);
  });

  it("that is spare is cut for each that lacks room", (t) => {
    const { queue, lane, dials, settle, begin } = dialling(t, "http/1.1", 3);
    for (const { dial } of [begin(), begin(), begin()]) dials.spare(dial ?? assert.fail());
    const other = new Lane("e", DESTINATION, new HostLimit("other", 0), "http/1.1");
    const closing = new Closing(queue, new IdleSlots(), dials);
    closing.makeRoom();
    assert.equal(queue.closing, 0);
    for (let waiting = 0; waiting < 2; waiting++) enqueue({ queue, lane, host: lane.host }, {}, other);
    closing.makeRoom();
    assert.deepEqual(
      settle.map(({ signal }) => signal.aborted),
      [true, true, false],
    );
    assert.equal(queue.closing, 2);
  });

  it("that is spare is cut when all are", (t) => {
    const { dials, settle, books, begin } = dialling(t);
    for (const { dial } of [begin(), begin()]) dials.spare(dial ?? assert.fail());
    enqueue(books);
    dials.cutAllSpare();
    assert.ok(settle.every(({ signal }) => signal.aborted));
  });
});
