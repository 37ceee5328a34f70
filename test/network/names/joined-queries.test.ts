import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { JoinedQueries } from "../../../host/network/names/joined-queries.ts";
import { LookupQueue } from "../../../host/network/names/lookup-queue.ts";
import type { PendingLookup } from "../../../host/network/names/query.ts";

/** A query that the test answers. */
interface AskedQuery {
  name: string;
  isCancelled: boolean;
  answer(addresses: readonly string[]): Promise<void>;
  fail(error: Error): Promise<void>;
}

const A = { run: "a" };
const B = { run: "b" };
const C = { run: "c" };

function setUp({ ofOne = 2, ofAll = 3, isCancellable = true } = {}) {
  const asked: AskedQuery[] = [];
  const ask = (name: string) => {
    const { promise, resolve, reject } = withResolvers<readonly string[]>();
    const query: AskedQuery = {
      name,
      isCancelled: false,
      answer: (addresses) => {
        resolve(addresses);
        return turn();
      },
      fail: (error) => {
        reject(error);
        return turn();
      },
    };
    asked.push(query);
    const cancel = (): boolean => {
      query.isCancelled = true;
      return isCancellable;
    };
    return { answer: promise, cancel };
  };
  const queries = new JoinedQueries(ask, new LookupQueue({ ofOne, ofAll }));
  const names = (): string[] => asked.map(({ name }) => name);
  const the = (name: string): AskedQuery => asked.findLast((query) => query.name === name) as AskedQuery;
  return { queries, names, the };
}

function withResolvers<T>() {
  let resolve: (value: T) => void = () => {};
  let reject: (error: Error) => void = () => {};
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

/** Waits until everything that depends on it has happened. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The addresses of the lookups; null for a lookup that is not finished. */
function now(...lookups: PendingLookup[]): Promise<(readonly string[] | null)[]> {
  const later = turn().then(() => null);
  return Promise.all(lookups.map(({ addresses }) => Promise.race([addresses, later])));
}

describe("JoinedQueries", () => {
  it("asks once for all who want one name, and tells each of them", async () => {
    const { queries, names, the } = setUp();
    const lookups = [A, B, null, C, A].map((asker) => queries.join("x", asker));
    assert.deepEqual(names(), ["x"]);
    await the("x").answer(["192.0.2.1"]);
    assert.deepEqual(await now(...lookups), Array(5).fill(["192.0.2.1"]));
    const failure = new Error("no such name");
    const failing = [A, null].map((asker) => queries.join("x", asker).addresses);
    const rejections = Promise.all(failing.map((addresses) => assert.rejects(addresses, failure)));
    assert.deepEqual(names(), ["x", "x"]);
    await the("x").fail(failure);
    await rejections;
  });

  it("calls a query back when the last one leaves, and no earlier", async () => {
    const { queries, names, the } = setUp();
    const [first, second, third] = [A, B, null].map((asker) => queries.join("x", asker));
    first?.leave();
    first?.leave();
    second?.leave();
    assert.equal(the("x").isCancelled, false);
    third?.leave();
    assert.equal(the("x").isCancelled, true);
    queries.join("x", A);
    assert.deepEqual(names(), ["x", "x"]);
    assert.equal(the("x").isCancelled, false);
  });

  it("keeps the place of a query that cannot be called back, for whoever comes meanwhile", async () => {
    const { queries, names, the } = setUp({ ofOne: 1, ofAll: 1, isCancellable: false });
    queries.join("x", A).leave();
    const other = queries.join("y", A);
    const late = queries.join("x", B);
    assert.deepEqual(names(), ["x"]);
    await the("x").answer(["192.0.2.1"]);
    assert.deepEqual(await now(late, other), [["192.0.2.1"], null]);
    assert.deepEqual(names(), ["x", "y"]);
  });

  it("gives one asker so many places, all of them so many, and takes turns", async () => {
    const { queries, names, the } = setUp({ ofOne: 2, ofAll: 3 });
    for (const name of ["a1", "a2", "a3", "a4"]) queries.join(name, A);
    assert.deepEqual(names(), ["a1", "a2"]);
    for (const name of ["b1", "b2"]) queries.join(name, B);
    queries.join("c1", C);
    assert.deepEqual(names(), ["a1", "a2", "b1"]);
    await the("b1").answer([]);
    await the("a1").answer([]);
    await the("a2").answer([]);
    assert.deepEqual(names(), ["a1", "a2", "b1", "b2", "c1", "a3"]);
    await the("c1").answer([]);
    assert.equal(names().at(-1), "a4");
  });

  it("starts what the application wants at once, whatever waits, and whoever waited for it", async () => {
    const { queries, names, the } = setUp({ ofOne: 1, ofAll: 1 });
    queries.join("a1", A);
    const waiting = queries.join("x", B);
    const more = queries.join("b2", B);
    const own = Array.from({ length: 10 }, (_, index) => queries.join(`own${index}`, null));
    const joined = queries.join("x", null);
    assert.deepEqual(names(), ["a1", ...own.map((_, index) => `own${index}`), "x"]);
    await the("x").answer(["192.0.2.1"]);
    assert.deepEqual(await now(waiting, joined, more), [["192.0.2.1"], ["192.0.2.1"], null]);
    await the("a1").answer([]);
    assert.equal(names().at(-1), "b2");
  });

  it("lets go of what waits when its asker leaves", async () => {
    const { queries, names, the } = setUp({ ofOne: 1, ofAll: 1 });
    queries.join("a1", A);
    queries.join("a2", A).leave();
    const kept = queries.join("a3", A);
    queries.join("b1", B).leave();
    await the("a1").answer([]);
    assert.deepEqual(names(), ["a1", "a3"]);
    await the("a3").answer(["192.0.2.3"]);
    assert.deepEqual(await now(kept), [["192.0.2.3"]]);
  });

  it("has those pay who still wait", async () => {
    const { queries, names, the } = setUp({ ofOne: 1, ofAll: 2 });
    const started = queries.join("x", A);
    const joined = queries.join("x", B);
    started.leave();
    queries.join("a1", A);
    queries.join("b1", B);
    assert.deepEqual(names(), ["x", "a1"]);
    await the("a1").answer([]);
    assert.deepEqual(names(), ["x", "a1"]);
    joined.leave();
    assert.deepEqual(names(), ["x", "a1", "b1"]);
    const own = queries.join("b1", null);
    await the("b1").answer(["192.0.2.1"]);
    assert.deepEqual(await now(own), [["192.0.2.1"]]);
  });

  it("has nobody pay when only the application still waits", async () => {
    const { queries, names } = setUp({ ofOne: 1, ofAll: 1 });
    const started = queries.join("x", A);
    queries.join("x", null);
    queries.join("a1", A);
    assert.deepEqual(names(), ["x"]);
    started.leave();
    assert.deepEqual(names(), ["x", "a1"]);
  });

  it("takes no longer the more there are who wait", async () => {
    const { queries, the } = setUp({ ofOne: 1, ofAll: 1 });
    queries.join("x", A);
    const lookups = Array.from({ length: 200_000 }, (_, index) => queries.join("x", index % 2 ? A : B));
    for (const lookup of lookups.slice(0, 150_000)) lookup.leave();
    await the("x").answer(["192.0.2.1"]);
    assert.deepEqual(await now(...lookups.slice(-2)), Array(2).fill(["192.0.2.1"]));
  });
});
