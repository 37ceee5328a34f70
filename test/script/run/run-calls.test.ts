import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EXT_STRING } from "../../../assembly/abi.ts";
import { REAL_CLOCK } from "../../../host/lifetime/clock.ts";
import { PageStore } from "../../../host/script/pages/page-store.ts";
import { LONG_FROM, PAGE_SIZE } from "../../../host/script/pages/paged-bytes.ts";
import { type CallOwner, RunCall } from "../../../host/script/run/run-call.ts";
import { RunCalls } from "../../../host/script/run/run-calls.ts";

const OWNER: CallOwner = {
  account: {
    receivable: 0,
    keep: () => true,
    give: () => undefined,
    countBeside: () => undefined,
    countHeap: () => undefined,
    onSend: () => true,
    onReceive: () => true,
  },
  holdings: { chargeOf: () => 0, read: () => [] },
  clock: REAL_CLOCK,
  onAnswer: () => undefined,
};
const ANSWER = { bytes: new Uint8Array(1), values: [] };

/** Calls with these numbers; those below zero are mere sleeps. */
function callsOf(...numbers: number[]): { calls: RunCalls; made: RunCall[] } {
  const calls = new RunCalls();
  const made = numbers.map((number) => new RunCall(Math.abs(number), OWNER, number < 0));
  for (const call of made) calls.add(call);
  return { calls, made };
}

describe("calls of a run", () => {
  it("count as transfers or as sleeps until the guest has their answers", () => {
    const { calls, made } = callsOf(1, -2, 3, -4);
    const counts = () => [calls.transfers, calls.sleeps];
    assert.deepEqual(counts(), [2, 2]);
    for (const call of made.slice(0, 2)) calls.answer(call, ANSWER);
    assert.deepEqual(counts(), [2, 2], "when they are answered");
    calls.give();
    calls.taken(false);
    assert.deepEqual(counts(), [1, 1], "when the guest has got them");
    calls.cancel(3);
    assert.deepEqual(counts(), [0, 1], "when one is given up");
    calls.answer(made[3] as RunCall, ANSWER);
    calls.cancel(4);
    assert.deepEqual(counts(), [0, 0], "when an answer is given up");
  });

  it("hold posted data in pages until they are answered, each once", () => {
    const store = new PageStore();
    const posted = store.put(Buffer.alloc(LONG_FROM + 1, 7));
    const sum = { kept: 0, slack: 0 };
    const add = (what: keyof typeof sum, bytes: number): boolean => {
      sum[what] += bytes;
      return true;
    };
    const call = new RunCall(
      1,
      {
        ...OWNER,
        account: {
          ...OWNER.account,
          keep: (bytes) => add("kept", bytes),
          give: (bytes) => add("kept", -bytes),
          countBeside: (bytes) => add("slack", bytes),
        },
        holdings: { chargeOf: ({ length }) => length, read: (bytes) => store.pages.parts(bytes) },
      },
      false,
    );
    const data = [posted, Buffer.alloc(10), posted].map((bytes) => ({ type: EXT_STRING, bytes }));
    assert.ok(call.take({ transfer: Buffer.alloc(5), data }));
    posted.release();
    assert.deepEqual(sum, { kept: LONG_FROM + 16, slack: PAGE_SIZE - 1 });
    const parts = call.partsOf(posted) as () => Iterable<Uint8Array>;
    assert.ok(Buffer.concat([...parts()]).equals(Buffer.alloc(LONG_FROM + 1, 7)));
    assert.deepEqual([sum.kept, posted.isHeld], [LONG_FROM + 16, true]);
    call.answer(ANSWER);
    assert.deepEqual([sum.kept, sum.slack, posted.isHeld], [0, 0, false]);
    assert.throws(() => [...parts()], /the call is over/);
  });

  it("count their objects on the heap until they are answered, and those of transfers as memory", () => {
    const sum = { kept: 0, beside: 0, heap: 0 };
    const add = (what: keyof typeof sum, bytes: number): boolean => {
      sum[what] += bytes;
      return true;
    };
    const account: CallOwner["account"] = {
      ...OWNER.account,
      keep: (bytes) => add("kept", bytes),
      give: (bytes) => add("kept", -bytes),
      countBeside: (bytes) => add("beside", bytes),
      countHeap: (bytes) => add("heap", bytes),
    };
    const transfer = new RunCall(1, { ...OWNER, account }, false);
    const sleep = new RunCall(2, { ...OWNER, account }, true);
    transfer.onObjects(5000);
    assert.deepEqual(sum, { kept: 0, beside: 5000, heap: 5000 });
    assert.ok(sleep.keepSleep());
    assert.deepEqual(sum, { kept: 1024, beside: 5000, heap: 6024 });
    transfer.answer(ANSWER);
    sleep.cancel();
    transfer.cancel();
    assert.deepEqual(sum, { kept: 0, beside: 0, heap: 0 });
  });

  it("are put back before others if the guest has not taken what was announced", () => {
    const { calls, made } = callsOf(1, 2, 3);
    for (const call of made) calls.answer(call, ANSWER);
    calls.await({ until: [1, 2, 3], isAnnounced: true });
    assert.deepEqual(
      calls.give().answers.map(({ number }) => number),
      [1],
    );
    calls.taken(false);
    assert.deepEqual([calls.transfers, calls.untaken], [3, 1]);
    assert.deepEqual(
      calls.give().answers.map(({ number }) => number),
      [1],
    );
    calls.taken(true);
    assert.deepEqual(
      calls.give().answers.map(({ number }) => number),
      [2],
    );
    assert.equal(calls.transfers, 2);
  });

  it("are given up by the thousand without a search for each", () => {
    const { calls, made } = callsOf(...Array.from({ length: 30_000 }, (_, i) => -1 - i));
    for (const call of made) calls.answer(call, ANSWER);
    const started = performance.now();
    for (const { number } of made.toReversed()) calls.cancel(number);
    // With a search for each, it took more than ten seconds.
    assert.ok(performance.now() - started < 1000);
    assert.equal(calls.sleeps, 0);
  });

  it("are given up after they were given, and what they brought is known", () => {
    const { calls, made } = callsOf(1, 2);
    for (const call of made) calls.answer(call, { ...ANSWER, values: [call.number + 10] });
    calls.give();
    calls.taken(false);
    assert.deepEqual(calls.cancel(2)?.values, [12]);
    assert.equal(calls.cancel(7), undefined);
  });
});
