import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LearnedRules } from "../../host/cli/learned-rules.ts";
import { createPolicy } from "../../host/network/policy/policy.ts";

const origin = "https://a.example";

function learn(...asked: [method: string, path: string | null, origin?: string][]) {
  const learned = new LearnedRules();
  for (const [method, path, from = origin] of asked) learned.add({ origin: from, method, path });
  return learned.rules();
}

describe("the rules that are learned", () => {
  it("have the paths together that are asked for by the same methods", () => {
    const asked = [
      ["GET", "/b"],
      ["GET", "/a"],
      ["POST", "/a"],
      ["GET", "/c"],
      ["GET", "/b"],
      ["POST", "/c", "http://b.example:81"],
    ] as [string, string, string?][];
    assert.deepEqual(learn(...asked), [
      { origin: "http://b.example:81", methods: ["POST"], paths: ["/c"] },
      { origin, methods: ["GET"], paths: ["/b", "/c"] },
      { origin, methods: ["GET", "POST"], paths: ["/a"] },
    ]);
    assert.deepEqual(learn(), []);
  });

  it("have no paths where no rule can have one", () => {
    assert.deepEqual(learn(["GET", null], ["GET", "/a"], ["PUT", "/a"]), [
      { origin, methods: ["GET"] },
      { origin, methods: ["GET", "PUT"], paths: ["/a"] },
    ]);
  });

  it("have so many paths, and no more", () => {
    const paths = (count: number) =>
      Array.from({ length: count }, (_, i) => ["GET", `/${i}`] as [string, string]);
    assert.equal(learn(...paths(100))[0]?.paths?.length, 100);
    assert.deepEqual(learn(...paths(101)), [{ origin, methods: ["GET"] }]);
  });

  it("allow what was asked for", () => {
    const rules = learn(["GET", "/a*b"], ["GET", "/x/*"]);
    const policy = createPolicy({ allow: rules }, { audience: "script" });
    const url = { scheme: "https", hostname: "a.example", port: 443 } as const;
    for (const [target, isAllowed] of [
      ["/a*b", true],
      ["/x/*", true],
      ["/x/y", false],
    ] as const) {
      assert.equal(policy?.explain(url, [], { method: "GET", target }).allowed, isAllowed, target);
    }
  });
});
