import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { httpMatchers } from "../../host/testing/index.ts";
import { withTestHttp } from "../support/test-http.ts";

describe("the matchers", () => {
  it("say whether there was a request, and which there were", () =>
    withTestHttp(async (http) => {
      http.when(/./).reply();
      for (const path of ["a", "a", "b"]) await http.http_background("default", `a.example/${path}`);
      assert.deepEqual(http.requests("/a").map(String), ["GET http://a.example/a", "GET http://a.example/a"]);
      const passes = (...args: [string, number?]) => httpMatchers.toHaveRequested(http, ...args).pass;
      assert.deepEqual(
        [passes("/a"), passes("/c"), passes("/a", 2), passes("/a", 1), passes("/c", 0)],
        [true, false, true, false, true],
      );
      assert.equal(
        httpMatchers.toHaveRequested(http, "/a", 1).message(),
        "expected 1 requests with /a, and there were 2 of 3\n  GET http://a.example/a\n  GET http://a.example/a\n  GET http://a.example/b",
      );
      assert.match(httpMatchers.toHaveRequested(http, "/a").message(), /^expected not a request with \/a,/);
    }));

  it("say whether all fakes were used", () =>
    withTestHttp(async (http) => {
      assert.equal(httpMatchers.toHaveUsedAllFakes(http).pass, true);
      http.when("/a").reply();
      const { pass, message } = httpMatchers.toHaveUsedAllFakes(http);
      assert.equal(pass, false);
      assert.match(message(), /\/a \(used 0 times\)/);
    }));

  it("refuse what is no plugin without a network, and a wrong pattern", () =>
    withTestHttp(async (http) => {
      for (const wrong of [null, {}, 1])
        assert.throws(() => httpMatchers.toHaveRequested(wrong, "/a"), {
          code: "BAD_ARGUMENT",
          option: "http",
        });
      assert.throws(() => http.requests({ path: "/a" } as never), { code: "BAD_ARGUMENT", option: "path" });
    }));
});
