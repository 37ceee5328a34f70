import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NameCache } from "../../../host/network/connect/lookup.ts";

const UNKNOWN = { name: "TransferFailure", code: "COULDNT_RESOLVE_HOST" };

/** A resolver that counts, and a clock that is set by hand. */
function setUp(answer: (hostname: string) => readonly string[]) {
  const asked: string[] = [];
  const clock = { ms: 0 };
  const names = new NameCache(
    async (hostname) => {
      asked.push(hostname);
      return answer(hostname);
    },
    () => clock.ms,
  );
  return { asked, clock, names };
}

describe("NameCache", () => {
  it("keeps an answer for 60 seconds", async () => {
    const { asked, clock, names } = setUp((hostname) => [`192.0.2.${asked.length}`, hostname]);
    assert.deepEqual(await names.lookup("a.test"), ["192.0.2.1"]);
    clock.ms = 59_999;
    assert.deepEqual(await names.lookup("a.test"), ["192.0.2.1"]);
    clock.ms = 60_000;
    assert.deepEqual(await names.lookup("a.test"), ["192.0.2.2"]);
    assert.deepEqual(asked, ["a.test", "a.test"]);
  });

  it("keeps no failure", async () => {
    let known = false;
    const { asked, names } = setUp(() => (known ? ["192.0.2.1"] : []));
    await assert.rejects(names.lookup("a.test"), UNKNOWN);
    known = true;
    assert.deepEqual(await names.lookup("a.test"), ["192.0.2.1"]);
    assert.equal(asked.length, 2);
  });

  it("asks once for callers that come while it asks, whether or not there is an answer", async () => {
    const { asked, names } = setUp((hostname) => (hostname === "a.test" ? ["192.0.2.1", "::1"] : []));
    const answers = await Promise.all([names.lookup("a.test"), names.lookup("a.test")]);
    assert.deepEqual(answers, [
      ["192.0.2.1", "::1"],
      ["192.0.2.1", "::1"],
    ]);
    const failures = await Promise.allSettled([names.lookup("b.test"), names.lookup("b.test")]);
    assert.deepEqual(
      failures.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.deepEqual(asked, ["a.test", "b.test"]);
  });

  it("leaves out what is no address", async () => {
    const { names } = setUp(() => ["192.0.2.1", "nonsense", "::1"]);
    assert.deepEqual(await names.lookup("a.test"), ["192.0.2.1", "::1"]);
  });

  it("asks nobody for addresses, localhost, and what is no name", async () => {
    const { asked, names } = setUp(() => ["192.0.2.1"]);
    assert.deepEqual(await names.lookup("192.0.2.9"), ["192.0.2.9"]);
    assert.deepEqual(await names.lookup("fe80::1%lo"), ["fe80::1%lo"]);
    assert.deepEqual(await names.lookup("localhost"), ["::1", "127.0.0.1"]);
    assert.deepEqual(await names.lookup("a.localhost"), ["::1", "127.0.0.1"]);
    for (const name of [
      "a..test",
      ".",
      "..",
      ".test",
      `${"a".repeat(64)}.test`,
      "a.".repeat(127),
      "x.onion",
    ]) {
      await assert.rejects(names.lookup(name), UNKNOWN, name);
    }
    assert.deepEqual(asked, []);
  });

  it("gives every failure of a resolver one code", async () => {
    const names = new NameCache(() => {
      throw new Error("synchronously");
    });
    await assert.rejects(names.lookup("a.test"), UNKNOWN);
    const system = new NameCache();
    await assert.rejects(system.lookup("no-such-host.invalid"), UNKNOWN);
  });

  it("does not grow without bound", async () => {
    const { asked, names } = setUp(() => ["192.0.2.1"]);
    for (let index = 0; index < 10_001; index++) await names.lookup(`${index}.test`);
    await names.lookup("10000.test");
    assert.equal(asked.length, 10_001);
    await names.lookup("0.test");
    assert.equal(asked.length, 10_002);
  });
});
