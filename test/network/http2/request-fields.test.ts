import assert from "node:assert/strict";
import { sensitiveHeaders } from "node:http2";
import { describe, it } from "node:test";
import { asObject, forNode, requestFields, takesLists } from "../../../host/network/http2/request-fields.ts";
import type { RequestHead } from "../../../host/network/request/request.ts";

const fieldsOf = (headers: string[], length = -1, sensitive?: string[]): Record<string, unknown> => {
  const head = { method: "POST", target: "/a?b", headers, sensitive } as unknown as RequestHead;
  return { ...asObject(requestFields(head, length)) };
};
const PSEUDO = { ":method": "POST", ":scheme": "https", ":authority": "", ":path": "/a?b" };

describe("the fields of a request over HTTP/2", () => {
  it("are those of the head, with Host as the authority", () => {
    const twice = ["X-C", "1", "x-c", "2"];
    const fields = fieldsOf(["Host", " a:8 ", "X-A", " 1 ", "x-a", "2", "X-A", "3", "X-B", "", ...twice]);
    const lists = { "x-a": ["1", "2", "3"], "x-b": "", "x-c": ["1", "2"] };
    assert.deepEqual(fields, { ...PSEUDO, ":authority": "a:8", ...lists });
  });

  it("have nothing that belongs to a connection", () => {
    const names = [
      "Connection",
      "Keep-Alive",
      "Proxy-Connection",
      "Transfer-Encoding",
      "Upgrade",
      "HTTP2-Settings",
    ];
    assert.deepEqual(fieldsOf(names.flatMap((name) => [name, "x"])), PSEUDO);
    assert.deepEqual(fieldsOf(["TE", "gzip"]), PSEUDO);
    assert.deepEqual(fieldsOf(["TE", "Trailers"]), { ...PSEUDO, te: "Trailers" });
  });

  it("can have any names, also those that other objects inherit", () => {
    const head = {
      method: "GET",
      target: "/",
      headers: ["__proto__", "a", "constructor", "b", "toString", "c"],
    };
    const names = Object.keys(asObject(requestFields(head as unknown as RequestHead, -1)));
    assert.deepEqual(names.slice(4), ["__proto__", "constructor", "tostring"]);
  });

  it("say how long the body is, if that is known, also if it is empty", () => {
    for (const [length, expected] of [
      [-1, undefined],
      [0, "0"],
      [1, "1"],
    ] as const)
      assert.equal(fieldsOf([], length)["content-length"], expected);
  });

  it("name those that no table may remember", () => {
    const head = { method: "GET", target: "/", headers: ["X-Key", "s"], sensitive: ["X-Key"] };
    const fields = requestFields(head as unknown as RequestHead, -1);
    for (const form of [fields, asObject(fields)] as unknown as Record<symbol, unknown>[])
      assert.deepEqual(form[sensitiveHeaders], ["x-key"]);
  });

  it("are a list in their order where Node takes one", () => {
    const head = { method: "GET", target: "/", headers: ["B", "1", "Host", "h", "A", "2", "B", "3"] };
    const fields = requestFields(head as unknown as RequestHead, -1);
    const list = [":method", "GET", ":scheme", "https", ":authority", "h", ":path", "/"];
    assert.deepEqual(fields, [...list, "b", "1", "a", "2", "b", "3"]);
    assert.equal(Array.isArray(forNode(fields)), takesLists(process.versions.node));
    const versions = ["20.20.2", "22.16.1", "22.17.0", "22.23.3", "23.0.0", "24.0.0"];
    assert.deepEqual(versions.map(takesLists), [false, false, true, true, false, true]);
  });
});
