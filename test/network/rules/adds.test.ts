import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AllowRule } from "../../../host/api/rules.ts";
import { REAL_CLOCK } from "../../../host/lifetime/clock.ts";
import { RuleTerms } from "../../../host/network/rules/rule-terms.ts";

const termsOf = (given: Partial<AllowRule>): RuleTerms =>
  new RuleTerms({ origin: "https://a.example", ...given }, "allow[0]", { scopes: [], clock: REAL_CLOCK });

/** What a rule has, what it adds, and which headers of a script it refuses because of that. */
const RULES: readonly (readonly [
  given: Partial<AllowRule>,
  adds: readonly string[],
  claims: readonly string[],
])[] = [
  [{}, [], []],
  [{ headers: { "X-Key": "s" } }, ["X-Key"], ["x-key"]],
  [{ username: "u", password: "p" }, ["Authorization"], ["authorization"]],
  [
    { headers: { "X-Key": "s" }, username: "u", password: "p", aws_sigv4: "aws:amz:eu:s3" },
    ["X-Key", "a signature"],
    ["x-key", "authorization"],
  ],
];

describe("what a rule adds to a request", () => {
  for (const [given, adds, claims] of RULES) {
    it(`is ${adds.join(" and ") || "nothing"}`, () => {
      const terms = termsOf(given);
      assert.deepEqual(terms.adds, adds);
      assert.deepEqual([...terms.claimed], claims);
      assert.equal(terms.hasSecrets, adds.length > 0);
      assert.equal(terms.closed.has("destination"), adds.length > 0);
    });
  }
});
