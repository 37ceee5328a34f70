import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HeadCount } from "../../../host/network/http2/response-fields.ts";
import { LONGEST_LINE, MOST_HEAD_BYTES } from "../../../host/network/response/head-limits.ts";

/** A header of this many bytes as a line, with its end. */
const lineOf = (size: number): string[] => ["x", "v".repeat(size - "x: \r\n".length)];
const STATUS = [":status", "200"];
const EMPTY = "HTTP/2 200 \r\n\r\n".length;

describe("the head of a response over HTTP/2", () => {
  it("counts as lines of HTTP/1.1, and several heads add up", () => {
    const count = new HeadCount();
    count.add([...STATUS, "a", "12", "bc", ""]);
    assert.equal(count.bytes, "HTTP/2 200 \r\na: 12\r\nbc: \r\n\r\n".length);
    count.add(STATUS);
    assert.equal(count.bytes, "HTTP/2 200 \r\na: 12\r\nbc: \r\n\r\n".length + EMPTY);
  });

  it("has lines that are shorter than the limit", () => {
    new HeadCount().add([...STATUS, ...lineOf(LONGEST_LINE - 1)]);
    assert.throws(() => new HeadCount().add([...STATUS, ...lineOf(LONGEST_LINE)]), { code: "OUT_OF_MEMORY" });
  });

  it("has at most as many bytes as the limit, in all", () => {
    const third = lineOf(MOST_HEAD_BYTES / 3 - EMPTY);
    const count = new HeadCount();
    for (let times = 0; times < 3; times++) count.add([...STATUS, ...third]);
    assert.equal(count.bytes, MOST_HEAD_BYTES);
    const other = new HeadCount();
    other.add([...STATUS, ...third]);
    other.add([...STATUS, ...third]);
    assert.throws(() => other.add([...STATUS, ...third, ...lineOf(5)]), { code: "RECV_ERROR" });
  });
});
