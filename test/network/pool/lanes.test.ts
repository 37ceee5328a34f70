import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ConnectionLeases, LimitedHost } from "../../../host/api/fleet.ts";
import { Lanes } from "../../../host/network/pool/lanes.ts";
import type { Destination } from "../../../host/network/route/destination.ts";
import { DESTINATION } from "../../support/pool-books.ts";

const OTHER: Destination = { ...DESTINATION, key: "e" };
const PLAIN: Destination = { ...DESTINATION, key: "p", protocols: ["http/1.1"] };

/** The lanes of a pool, and what is told of their hosts. */
function world() {
  const told: string[] = [];
  const leases = {
    join: ({ key }: LimitedHost) => told.push(`join ${key}`),
    leave: ({ key }: LimitedHost) => told.push(`leave ${key}`),
  };
  return { lanes: new Lanes(0, leases as unknown as ConnectionLeases), told };
}

describe("a lane", () => {
  it("is there as long as somebody uses it, and its host as long as it has a lane", () => {
    const { lanes, told } = world();
    const lane = lanes.join(DESTINATION, null);
    assert.equal(lanes.join(DESTINATION, null), lane);
    const other = lanes.join(OTHER, null);
    assert.equal(other.host, lane.host);
    lanes.leave(lane);
    assert.deepEqual([...lanes.values()], [lane, other]);
    lanes.leave(lane);
    assert.deepEqual([[...lanes.values()], told], [[other], ["join h"]]);
    lanes.leave(other);
    assert.deepEqual([[...lanes.values()], told], [[], ["join h", "leave h"]]);
    assert.notEqual(lanes.join(DESTINATION, null), lane);
    assert.deepEqual(told, ["join h", "leave h", "join h"]);
  });

  it("is of one tenancy, unless its server is known to speak HTTP/1.1 only", () => {
    const { lanes } = world();
    const [own, a, b] = [null, "a", "b"].map((tenancy) => lanes.join(DESTINATION, tenancy));
    assert.equal(new Set([own, a, b]).size, 3);
    assert.deepEqual([own?.protocol, a?.protocol], [null, null]);
    assert.equal(lanes.join(PLAIN, "a"), lanes.join(PLAIN, null));
    assert.equal(lanes.join(PLAIN, null).protocol, "http/1.1");
    assert.equal(lanes.learn(DESTINATION, "a", "h2"), a);
    assert.equal(lanes.join(DESTINATION, "c").protocol, "h2");
    assert.equal(lanes.learn(DESTINATION, "a", "http/1.1"), own);
    assert.equal(lanes.join(DESTINATION, "b"), own);
  });
});
