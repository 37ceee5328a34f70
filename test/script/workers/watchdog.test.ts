import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Board } from "../../../host/script/steps/board.ts";
import type { ScriptWorker } from "../../../host/script/workers/script-worker.ts";
import { Watchdog } from "../../../host/script/workers/watchdog.ts";

/** A worker, as far as the watchdog sees it. */
interface Seen {
  load: number;
  readonly board: Board;
}

function workerIn(ticket: number): Seen {
  const board = new Board();
  if (ticket !== 0) {
    board.send(ticket);
    assert.ok(board.claim(ticket));
  }
  return { load: 1, board };
}

/** A watchdog keeps no process alive, but a test waits for it. */
async function keepAlive<T>(waiting: Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  try {
    return await waiting;
  } finally {
    clearInterval(timer);
  }
}

/** Watches the workers until it tells of one that is silent. `onLook` is called all the time. */
async function watch(
  workers: Seen[],
  onLook: () => void = () => {},
): Promise<{ silent: Seen; stalled: Seen[] }> {
  const stalled: Seen[] = [];
  const timer = setInterval(onLook, 1);
  const silent = await new Promise<Seen>((resolve) => {
    const watchdog = new Watchdog({
      onStall: (worker) => stalled.push(worker),
      onSilence: (worker) => {
        watchdog.close();
        resolve(worker);
      },
    });
    for (const worker of workers) watchdog.watch(worker as unknown as ScriptWorker);
  });
  clearInterval(timer);
  return { silent, stalled };
}

describe("the watchdog", () => {
  it("tells of the worker that is silent in a step, and of no other", async () => {
    const silent = workerIn(1);
    const metered = workerIn(2);
    const starting = workerIn(0);
    const quick = workerIn(0);
    const resting = { ...workerIn(3), load: 0 };
    let ticket = 0;
    const told = await watch([starting, resting, metered, quick, silent], () => {
      metered.board.beat();
      // Its steps are short, and mostly it is seen between them.
      if (++ticket % 5 !== 0) return quick.board.rest();
      quick.board.send(ticket);
      quick.board.claim(ticket);
    });
    assert.equal(told.silent, silent);
    assert.ok(told.stalled.includes(metered) && told.stalled.includes(silent));
    assert.ok(!told.stalled.includes(starting) && !told.stalled.includes(resting));
  });

  it("does not add up the silences of steps that follow each other", async () => {
    const silent = workerIn(1);
    const busy = workerIn(1);
    let ticket = 1;
    const told = await watch([busy, silent], () => {
      if (ticket > 1e6) return;
      busy.board.rest();
      busy.board.send(++ticket);
      busy.board.claim(ticket);
    });
    assert.equal(told.silent, silent);
    assert.ok(ticket > 10);
  });

  it("does not count time in which other programs have the CPU", async () => {
    const worker = workerIn(1);
    let looks = 0;
    // The worker computes from the 120th look on.
    const time = { start() {}, take: () => ({ passedMs: 10, busyMs: looks++ < 120 ? 0 : 10 }) };
    await keepAlive(
      new Promise<void>((resolve) => {
        const owner = { onStall() {}, onSilence: () => resolve(watchdog.close()) };
        const watchdog = new Watchdog(owner, time);
        watchdog.watch(worker as unknown as ScriptWorker);
      }),
    );
    assert.equal(looks, 120 + 101);
  });

  it("blames the step that was silent, and not the next one", async () => {
    const time = { start() {}, take: () => ({ passedMs: 20, busyMs: 20 }) };
    const silenceOf = async (onSilence: (worker: Seen) => void): Promise<number> => {
      const worker = workerIn(1) as Seen & ScriptWorker;
      const silence = new Promise<number>((resolve) => {
        const onEnd = (): void => {
          onSilence(worker);
          resolve(watchdog.forget(worker));
          watchdog.close();
        };
        const watchdog = new Watchdog({ onStall() {}, onSilence: onEnd }, time);
        watchdog.watch(worker);
      });
      return keepAlive(silence);
    };
    assert.ok((await silenceOf(() => {})) > 1000);
    const goesOn = ({ board }: Seen): void => {
      board.rest();
      board.send(2);
      assert.ok(board.claim(2));
    };
    assert.equal(await silenceOf(goesOn), 0);
  });
});
