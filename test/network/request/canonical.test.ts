import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { canonicalHeaders } from "../../../host/network/request/canonical-headers.ts";
import { canonicalQuery } from "../../../host/network/request/canonical-query.ts";

describe("canonicalHeaders", () => {
  it("sorts whole lines, so that a name may come behind one that it begins", () => {
    const { lines, names } = canonicalHeaders([
      ["X-Amz", "1"],
      ["Host", "h"],
      ["X-Amz-Date", " a \t b "],
    ]);
    assert.equal(lines, "host:h\nx-amz-date:a b\nx-amz:1\n");
    assert.equal(names, "host;x-amz-date;x-amz");
  });
});

describe("canonicalQuery", () => {
  it("sorts, completes and escapes the parts", () => {
    assert.equal(canonicalQuery("b=2&a=1&c&&d=%2f+\xff"), "a=1&b=2&c=&d=%2F%2B%FF");
    assert.equal(canonicalQuery("ab&a&aa"), "ab=&a=&aa=");
    assert.equal(canonicalQuery(""), "");
  });
});
