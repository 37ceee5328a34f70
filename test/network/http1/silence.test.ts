import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Silence, UnaskedBytes } from "../../../host/network/http1/silence.ts";

function begun(received = 0): Silence {
  const silence = new Silence();
  silence.count(received);
  silence.begin(100);
  return silence;
}

describe("Silence", () => {
  it("is on between two exchanges", () => {
    const silence = new Silence();
    assert.deepEqual([silence.isOn, silence.hasBeen], [false, false]);
    silence.begin(100);
    assert.deepEqual([silence.isOn, silence.hasBeen], [true, true]);
    silence.expectEnd();
    assert.deepEqual([silence.isOn, silence.hasBeen], [true, true]);
    silence.end();
    assert.deepEqual([silence.isOn, silence.hasBeen], [false, true]);
  });

  it("is doubtful if it has lasted for more than a quarter of a millisecond", () => {
    const silence = begun();
    assert.equal(silence.isDoubtful(100), false);
    assert.equal(silence.isDoubtful(100.25), false);
    assert.equal(silence.isDoubtful(100.26), true);
  });

  it("is doubtful after more than 32 KiB", () => {
    assert.equal(begun(32 * 1024).isDoubtful(100), false);
    assert.equal(begun(32 * 1024 + 1).isDoubtful(100), true);
  });

  it("counts all bytes since the one before", () => {
    const silence = begun(32 * 1024);
    silence.count(1);
    assert.equal(silence.isDoubtful(100), true);
    silence.end();
    silence.begin(100);
    assert.equal(silence.isDoubtful(100), false);
  });

  it("is never doubtful while a response is awaited, or before the first request", () => {
    assert.equal(new Silence().isDoubtful(100), false);
    const silence = begun(1_000_000);
    silence.end();
    assert.equal(silence.isDoubtful(200), false);
  });

  it("ends the connection if it is broken", () => {
    const silence = begun();
    assert.throws(() => silence.break(false), UnaskedBytes);
    assert.equal(silence.isBroken, false);
  });

  it("lets the rest of a body be sent if it is broken, as often as it is", () => {
    const silence = begun();
    silence.break(true);
    silence.break(true);
    assert.equal(silence.isBroken, true);
    silence.end();
    silence.begin(200);
    assert.equal(silence.isBroken, true);
    assert.throws(() => silence.break(false), UnaskedBytes);
  });

  it("ends the connection if it is broken before a request that has a body", () => {
    const silence = begun();
    silence.expectEnd();
    assert.throws(() => silence.break(true), UnaskedBytes);
    silence.end();
    silence.begin(200);
    silence.break(true);
    assert.equal(silence.isBroken, true);
  });
});
