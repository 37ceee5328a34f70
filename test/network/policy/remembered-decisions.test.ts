import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Decision } from "../../../host/network/policy/decision.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { parseUrl } from "../../../host/network/url/url.ts";

const PORTS = 4;
const ADDRESSES = 16;
const LONGEST_NAME = 255;

/** How many of these decisions are made anew when they are asked for again. */
function countAnew(ask: readonly (() => Decision)[]): number {
  const first = ask.map((decide) => decide());
  const second = ask.map((decide) => decide());
  assert.deepEqual(second, first);
  return second.filter((decision, i) => decision !== first[i]).length;
}

describe("the decisions that a policy remembers", () => {
  const url = parseUrl("http://a.example/");
  const policyOf = () => {
    const policy = createPolicy({ allow: ["http://*:*"] }, { audience: "script" });
    assert.ok(policy !== null);
    return policy;
  };
  const range = (length: number) => Array.from({ length }, (_, i) => i + 1);

  it("are those about so many ports of a host", () => {
    const asked = (count: number) => {
      const policy = policyOf();
      return countAnew(range(count).map((port) => () => policy.explain({ ...url, port })));
    };
    assert.deepEqual([asked(PORTS), asked(PORTS + 1)], [0, 1]);
  });

  it("are those about so many addresses of a port", () => {
    const asked = (count: number) => {
      const policy = policyOf();
      return countAnew(range(count).map((last) => () => policy.explain(url, [`10.0.0.${last}`])));
    };
    assert.deepEqual([asked(ADDRESSES), asked(ADDRESSES + 1)], [0, 1]);
  });

  it("are those about names that can be looked up", () => {
    const asked = (length: number) => {
      const hostname = "a."
        .repeat(length)
        .slice(0, length - 1)
        .concat("b");
      const policy = policyOf();
      return countAnew([() => policy.explain({ ...url, hostname })]);
    };
    assert.deepEqual([asked(LONGEST_NAME), asked(LONGEST_NAME + 1)], [0, 1]);
  });
});
