import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpBackgroundError } from "../../../host/api/errors.ts";
import type { PolicyRules } from "../../../host/api/rules.ts";
import type { ExplainingPolicy } from "../../../host/network/policy/decision.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { readText } from "../../support/root.ts";

interface Hop {
  url: string;
  addresses?: string[];
}

interface Vector extends Hop, PolicyRules {
  name: string;
  why: string;
  audience: "application" | "script";
  redirects?: Hop[];
  expect: { allowed: boolean; rule: string; hop?: number } | { mistake: string };
}

/** The decision about a call: that of the first hop that is denied, otherwise that of the last hop. */
function decide(
  policy: ExplainingPolicy | null,
  hops: Hop[],
): { allowed: boolean; rule: string; hop: number } {
  let rule = "default allow";
  for (const [hop, { url: text, addresses = [] }] of hops.entries()) {
    const url = readUrl(text);
    if (url === null) return { allowed: false, rule: "malformed", hop };
    if (policy === null) continue;
    const decision = policy.explain(url, addresses);
    assert.equal(isThrown(policy, url, addresses), !decision.allowed, "the checks and explain agree");
    if (!decision.allowed) return { allowed: false, rule: decision.rule, hop };
    rule = decision.rule;
  }
  return { allowed: true, rule, hop: hops.length - 1 };
}

type ParsedUrl = ReturnType<typeof parseUrl>;

function readUrl(text: string): ParsedUrl | null {
  try {
    return parseUrl(Buffer.from(text, "utf8").toString("latin1"));
  } catch (error) {
    assert.ok(error instanceof TransferFailure);
    return null;
  }
}

function isThrown(policy: ExplainingPolicy, url: ParsedUrl, addresses: string[]): boolean {
  try {
    policy.checkUrl(url);
    for (const address of addresses) policy.checkAddress(url, address);
    return false;
  } catch (error) {
    assert.ok(error instanceof TransferFailure && error.code === "DENIED");
    return true;
  }
}

const vectors: Vector[] = JSON.parse(readText("test/vectors/policy.json"));

describe("policy vectors", () => {
  for (const { name, why, allow, block, audience, redirects = [], expect, ...first } of vectors) {
    it(`${name}: ${why}`, () => {
      if ("mistake" in expect) {
        assert.throws(
          () => createPolicy({ allow, block }, { audience }),
          (error) =>
            error instanceof HttpBackgroundError &&
            error.code === "BAD_CONFIG" &&
            error.option === expect.mistake,
        );
        return;
      }
      const actual = decide(createPolicy({ allow, block }, { audience }), [first, ...redirects]);
      const { allowed, rule, hop = expect.allowed ? redirects.length : 0 } = expect;
      assert.deepEqual(actual, { allowed, rule, hop });
    });
  }

  it("each have a name of their own", () => {
    assert.equal(new Set(vectors.map(({ name }) => name)).size, vectors.length);
  });
});
