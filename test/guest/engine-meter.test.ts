import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it, mock } from "node:test";
import { cpuClock } from "../../host/guest/engine/cpu-time.ts";
import { type Fuelled, Meter, refuelFunction } from "../../host/guest/engine/meter.ts";
import { FIRST_SLICE, nextSlice } from "../../host/guest/engine/slice.ts";

const MIB = 2 ** 20;
const MOST = 2 ** 19;

describe("a slice", () => {
  it("is small at first, and a millisecond of what the last one was like behind it", () => {
    assert.equal(FIRST_SLICE, 65_536);
    assert.equal(nextSlice(FIRST_SLICE, 2, MIB), FIRST_SLICE / 2);
    assert.equal(nextSlice(FIRST_SLICE, 0.5, MIB), FIRST_SLICE * 2);
    assert.equal(nextSlice(MOST, 10, MIB), Math.floor(MOST / 10));
  });

  it("is never larger than what the slowest code may have, which is less in a large memory", () => {
    assert.equal(nextSlice(FIRST_SLICE, 0.001, MIB), MOST);
    assert.equal(nextSlice(MOST, 0, MIB), MOST);
    assert.equal(nextSlice(MOST, 1, 64 * MIB), MOST);
    assert.equal(nextSlice(MOST, 0.1, 64 * MIB + 1), MOST / 4);
  });

  it("is never so small that the clock is all there is", () => {
    assert.equal(nextSlice(FIRST_SLICE, 1000, MIB), 8192);
  });
});

/** The clock, and the computing time of this thread, in milliseconds. */
let now = 0;
let cpu = 0;

class Guest implements Fuelled {
  memorySize = MIB;
  filled: number[] = [];
  isStarved = true;

  fill(units: number): void {
    this.filled.push(units);
  }

  forgetRefusal(): void {
    this.isStarved = false;
  }
}

/** A meter of a guest that computes, and the times with which `checkTime` was called. */
function begun(): { meter: Meter; guest: Guest; asked: number[] } {
  const [meter, guest, asked]: [Meter, Guest, number[]] = [new Meter(true), new Guest(), []];
  begin(meter, guest, asked);
  return { meter, guest, asked };
}

/** Starts another turn. */
function begin(meter: Meter, guest: Guest, asked: number[]): void {
  meter.begin({ checkTime: (computedMs) => void asked.push(Math.round(1000 * computedMs) / 1000) });
  meter.enter(guest);
}

/** The guest has used up a slice, which took this time. */
function compute(meter: Meter, ms: number, cpuMs = ms): void {
  now += ms;
  cpu += cpuMs;
  meter.refuel();
}

describe("the meter", () => {
  beforeEach(() => {
    mock.method(performance, "now", () => now);
    mock.method(cpuClock, "now", () => cpu);
  });
  afterEach(() => mock.restoreAll());

  it("gives slices by how quick the guest is", () => {
    const { meter, guest } = begun();
    compute(meter, 0.5);
    compute(meter, 4);
    compute(meter, 0.001);
    assert.deepEqual(guest.filled, [FIRST_SLICE, 2 * FIRST_SLICE, FIRST_SLICE / 2, MOST]);
    guest.memorySize = 100 * MIB;
    compute(meter, 0.001);
    assert.equal(guest.filled.at(-1), MOST / 4);
  });

  it("forgets what was refused to the guest before", () => {
    assert.equal(begun().guest.isStarved, false);
  });

  it("asks whether the guest may go on every millisecond, and not more often", () => {
    const { meter, asked } = begun();
    for (let i = 0; i < 40; i++) compute(meter, 0.25);
    assert.deepEqual(asked, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("counts what the guest computed, not what others did meanwhile", () => {
    const { meter, asked } = begun();
    compute(meter, 1);
    compute(meter, 100, 2);
    compute(meter, 3, 3);
    assert.deepEqual(asked, [1, 3, 6]);
  });

  it("never counts more than has passed, where the CPU's time is that of all threads", () => {
    const { meter, asked } = begun();
    compute(meter, 1, 2);
    compute(meter, 5, 10);
    assert.deepEqual(asked, [1, 6]);
  });

  it("counts a millisecond of what was before it first looked", () => {
    const { meter, asked } = begun();
    compute(meter, 50, 50);
    compute(meter, 2, 2);
    assert.deepEqual(asked, [1, 3]);
  });

  it("counts from the beginning of each turn", () => {
    const { meter, guest, asked } = begun();
    compute(meter, 7);
    compute(meter, 7);
    meter.end();
    now += 1000;
    cpu += 1000;
    begin(meter, guest, asked);
    compute(meter, 0.5);
    compute(meter, 0.5);
    assert.deepEqual(asked, [1, 8, 1]);
  });

  it("lets the guest end that may not go on, without fuel", () => {
    const meter = new Meter(true);
    const guest = new Guest();
    const isTooLong = (): never => {
      throw new Error("too long");
    };
    meter.begin({ checkTime: isTooLong });
    meter.enter(guest);
    assert.throws(() => compute(meter, 2), /too long/);
    assert.equal(guest.filled.length, 1);
  });

  it("looks after each 1,048 calls of the host, or 2 MiB", () => {
    const { meter, asked } = begun();
    now += 5;
    for (let i = 0; i < 1048; i++) meter.spend(0);
    assert.equal(asked.length, 0);
    meter.spend(0);
    assert.equal(asked.length, 1);
    now += 5;
    meter.spend(2 * MIB - 2001);
    assert.equal(asked.length, 1);
    meter.spend(0);
    assert.equal(asked.length, 2);
    now += 5;
    for (let i = 0; i < 114; i++) meter.spendOnLibrary();
    assert.equal(asked.length, 2);
    meter.spendOnLibrary();
    assert.equal(asked.length, 3);
  });

  it("counts what it takes to make an instance", () => {
    const { meter, guest, asked } = begun();
    meter.end();
    meter.begin({ checkTime: (computedMs) => void asked.push(computedMs) });
    meter.measure();
    now += 4;
    cpu += 4;
    meter.enter(guest);
    compute(meter, 0.5);
    compute(meter, 1);
    assert.deepEqual(asked, [4.5, 5.5]);
  });

  it("lets no guest run that has not entered", () => {
    const { meter } = begun();
    meter.end();
    assert.throws(() => meter.refuel(), /out of turn/);
    assert.throws(refuelFunction() as () => void, /out of turn/);
  });

  it("carries nothing of the host's work over to another turn", () => {
    const { meter, guest, asked } = begun();
    for (let i = 0; i < 1000; i++) meter.spend(0);
    meter.end();
    begin(meter, guest, asked);
    now += 5;
    for (let i = 0; i < 1000; i++) meter.spend(0);
    assert.equal(asked.length, 0);
  });

  it("is not there for guests that are trusted", () => {
    const meter = new Meter(false);
    const guest = new Guest();
    meter.begin({});
    meter.enter(guest);
    meter.spend(2 ** 31);
    assert.deepEqual([guest.filled, guest.isStarved], [[], true]);
  });
});
