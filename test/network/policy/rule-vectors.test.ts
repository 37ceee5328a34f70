import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { HttpBackgroundError } from "../../../host/api/errors.ts";
import type { PolicyRules } from "../../../host/api/rules.ts";
import type { ExplainingPolicy } from "../../../host/network/policy/decision.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import { parseUrl, type Url } from "../../../host/network/url/url.ts";
import { readText } from "../../support/root.ts";

interface Hop {
  method: string;
  url: string;
  addresses?: string[];
}

interface Vector extends Hop, PolicyRules {
  name: string;
  why: string;
  redirects?: Hop[];
  expect: { allowed: boolean; rule: string; hop?: number } | { mistake: string };
}

function readUrl(text: string): Url | null {
  try {
    return parseUrl(Buffer.from(text, "utf8").toString("latin1"));
  } catch (error) {
    assert.ok(error instanceof TransferFailure);
    return null;
  }
}

/** Whether the checks of a call throw. */
function isThrown(policy: ExplainingPolicy, url: Url, { method, addresses = [] }: Hop): boolean {
  try {
    policy.checkUrl(url);
    const permit = policy.permit?.(url, { method, target: url.target }) ?? policy;
    for (const address of addresses) permit.checkAddress(url, address);
    return false;
  } catch (error) {
    assert.ok(error instanceof TransferFailure && error.code === "DENIED");
    return true;
  }
}

/** The decision about a call: that of the first hop that is denied, otherwise that of the last hop. */
function decide(policy: ExplainingPolicy, hops: readonly Hop[]) {
  let rule = "";
  for (const [index, hop] of hops.entries()) {
    const url = readUrl(hop.url);
    if (url === null) return { allowed: false, rule: "malformed", hop: index };
    const decision = policy.explain(url, hop.addresses, { method: hop.method, target: url.target });
    assert.equal(isThrown(policy, url, hop), !decision.allowed, "the checks and explain agree");
    if (!decision.allowed) return { allowed: false, rule: decision.rule, hop: index };
    rule = decision.rule;
  }
  return { allowed: true, rule, hop: hops.length - 1 };
}

const vectors: Vector[] = JSON.parse(readText("test/vectors/rules.json"));

describe("vectors of rules", () => {
  for (const { name, why, allow, block, redirects = [], expect, ...first } of vectors) {
    it(`${name}: ${why}`, () => {
      const make = () => createPolicy({ allow, block }, { audience: "script" });
      if ("mistake" in expect) {
        const isMistake = (error: unknown) =>
          error instanceof HttpBackgroundError &&
          error.code === "BAD_CONFIG" &&
          error.option === expect.mistake &&
          error.message.startsWith(`${expect.mistake}: `);
        assert.throws(make, isMistake);
        return;
      }
      const { allowed, rule, hop = redirects.length } = expect;
      const policy = make() as ExplainingPolicy;
      assert.deepEqual(decide(policy, [first, ...redirects]), { allowed, rule, hop });
    });
  }

  it("each have a name of their own", () => {
    assert.equal(new Set(vectors.map(({ name }) => name)).size, vectors.length);
  });
});
