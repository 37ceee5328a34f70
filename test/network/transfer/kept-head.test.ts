import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { keepHead, readFields } from "../../../host/network/transfer/kept-head.ts";

describe("a kept head", () => {
  it("keeps no more memory than twice its length and 4 KiB", () => {
    const line = "HTTP/1.1 200 OK\r\n";
    for (const size of [100, 64 * 1024]) {
      const read = Buffer.alloc(size, "\n");
      read.write(`${line}a: b\r\n\r\n`, "latin1");
      const kept = keepHead(read, line.length + 8);
      assert.equal(kept.bytes.buffer === read.buffer, size === 100);
      assert.deepEqual(readFields(kept), [["a", "b"]]);
    }
  });

  it("is read from pairs, as they come over HTTP/2", () => {
    const pairs = [":status", "200", "set-cookie", Buffer.from("a"), "set-cookie", " b "];
    assert.deepEqual(readFields(pairs), [
      ["set-cookie", "a"],
      ["set-cookie", "b"],
    ]);
  });

  it("is read in linear time, however often it is folded", () => {
    const folds = 100_000;
    const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nX: a\r\n${" b\n".repeat(folds)}\r\n`);
    const before = process.cpuUsage();
    const [[, value] = ["", ""]] = readFields({ bytes, size: bytes.length });
    const { user, system } = process.cpuUsage(before);
    assert.equal(value.length, 1 + 2 * folds);
    assert.ok(user + system < 2_000_000, String(user + system));
  });
});
