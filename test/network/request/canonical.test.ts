import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { awsHeaders, awsPath, awsQuery, spellForAws } from "../../../host/network/request/aws-canonical.ts";
import { canonicalHeaders, foldBlanks } from "../../../host/network/request/canonical-headers.ts";
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

describe("foldBlanks", () => {
  it("replaces blanks by one space, also alone and at the ends, and leaves other bytes as they are", () => {
    const parts = ["a", " ", "\t", "\xff", "\0"];
    let texts = [""];
    for (let length = 0; length < 6; length++) {
      for (const text of texts)
        assert.equal(foldBlanks(text), text.replace(/^[ \t]+|[ \t]+$/g, "").replace(/[ \t]+/g, " "));
      texts = texts.flatMap((text) => parts.map((part) => text + part));
    }
  });
});

describe("canonicalQuery", () => {
  it("sorts, completes and escapes the parts", () => {
    assert.equal(canonicalQuery("b=2&a=1&c&&d=%2f+\xff"), "a=1&b=2&c=&d=%2F%2B%FF");
    assert.equal(canonicalQuery("ab&a&aa"), "ab=&a=&aa=");
    assert.equal(canonicalQuery(""), "");
  });
});

describe("AWS's canonical form", () => {
  it("encodes a key of S3 once, whatever its spelling, and other paths as they came", () => {
    const rows: [path: string, s3: string, other: string][] = [
      ["/", "/", "/"],
      ["//a//", "//a//", "/a/"],
      [
        "/a=b+c*(d)'!,;:@&$",
        "/a%3Db%2Bc%2A%28d%29%27%21%2C%3B%3A%40%26%24",
        "/a%3Db%2Bc%2A%28d%29%27%21%2C%3B%3A%40%26%24",
      ],
      ["/%e9%2f%7e", "/%E9/~", "/%25e9%252f%257e"],
      ["/\xe9 ", "/%E9%20", "/%E9%20"],
      ["/%zz%", "/%25zz%25", "/%25zz%25"],
      ["/a/../b/./", "/a/../b/./", "/b/"],
      ["/a//../b", "/a//../b", "/b"],
    ];
    for (const [path, s3, other] of rows) {
      assert.deepEqual([awsPath(path, true), awsPath(path, false)], [s3, other], path);
    }
  });

  it("sorts a query by names, then by values, as they are encoded", () => {
    const rows: [query: string, canonical: string][] = [
      ["a=b=c", "a=b%3Dc"],
      ["a&a1=x&a=y", "a=&a=y&a1=x"],
      ["a-b=1&a=2", "a=2&a-b=1"],
      ["x=a.b&x=a%2fb", "x=a%2Fb&x=a.b"],
      ["%41=%7e+", "A=~%2B"],
      ["&&=&b", "=&b="],
    ];
    for (const [query, canonical] of rows) assert.equal(awsQuery(query), canonical, query);
  });

  it("joins the values of one name, sorts by names, and leaves out what a connection has of its own", () => {
    const form = awsHeaders([
      ["X-A-B", "3"],
      ["x-a", " 2  2 "],
      ["TE", "x"],
      ["Host", "h"],
      ["X-A", "1"],
      ["Proxy-Authorization", "x"],
    ]);
    assert.deepEqual(form, { lines: "host:h\nx-a:2 2,1\nx-a-b:3\n", names: "host;x-a;x-a-b" });
  });

  it("is what is sent, where it says the same", () => {
    const rows: [target: string, s3: string, other: string][] = [
      ["/a+b=%e9", "/a%2Bb%3D%E9", "/a+b=%E9"],
      ["/?a=b=+&c", "/?a=b=%2B&c", "/?a=b=%2B&c"],
      ["/%2e%2e/%41?%2f/", "/%2E%2E/%41?%2F%2F", "/%2E%2E/%41?%2F%2F"],
      ["/%?%", "/%25?%25", "/%?%25"],
    ];
    for (const [target, s3, other] of rows) {
      assert.deepEqual([spellForAws(target, true), spellForAws(target, false)], [s3, other], target);
    }
  });

  it("takes time for millions of bytes as for a few", () => {
    const long = "/%e9+".repeat(1_000_000);
    const startedAt = performance.now();
    awsPath(spellForAws(`${long}?${long}`, true), true);
    awsPath("/".repeat(5_000_000), false);
    awsQuery(`a=${long}`);
    awsHeaders([["a", " ".repeat(5_000_000).concat("b")]]);
    awsHeaders([["a", `b${" ".repeat(5_000_000)}c`]]);
    assert.ok(performance.now() - startedAt < 5000);
  });
});
