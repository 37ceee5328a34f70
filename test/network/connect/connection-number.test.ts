import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { describe, it } from "node:test";
import { numberOf } from "../../../host/network/connect/connection-number.ts";

describe("the number of a connection", () => {
  it("is its own, and stays", () => {
    const connections = [1, 2, 3].map(() => new PassThrough());
    const numbers = connections.map(numberOf);
    assert.equal(new Set(numbers).size, connections.length);
    assert.deepEqual(connections.map(numberOf), numbers);
  });
});
