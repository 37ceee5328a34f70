import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolicyRules } from "../../../host/api/rules.ts";
import type { Audience } from "../../../host/network/policy/audience.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { parseUrl } from "../../../host/network/url/url.ts";

const AUDIENCES: readonly Audience[] = ["application", "script", "run"];
const ORIGIN = "https://a.example";
const ALLOW = [ORIGIN];

describe("a policy, by whose calls it is for,", () => {
  it("tells of a denial at once, or at a multiple of a time if a script learns of it", () => {
    const grids = AUDIENCES.map((audience) => createPolicy({ allow: ALLOW }, { audience })?.denialGridMs);
    assert.deepEqual(grids, [0, 100, 100]);
  });

  /** Whether servers may learn of a trace, for each audience. A script reaches nothing without an entry. */
  const TRACES: readonly (readonly [rules: PolicyRules, expected: readonly (boolean | null)[]])[] = [
    [{ block: ["10.0.0.1"] }, [true, null, true]],
    [{ allow: ALLOW }, [true, false, true]],
    [{ allow: [{ origin: ORIGIN }] }, [true, false, true]],
    [{ allow: [{ origin: ORIGIN, trace: true }] }, [true, true, true]],
    [{ allow: [{ origin: ORIGIN, trace: false }] }, [false, false, false]],
  ];
  for (const [rules, expected] of TRACES) {
    it(`lets servers learn of a trace, or does not: ${JSON.stringify(rules)}`, () => {
      const url = parseUrl(ORIGIN);
      const isTraced = (audience: Audience): boolean | null => {
        const policy = createPolicy(rules, { audience });
        if (!policy?.explain(url).allowed) return null;
        return policy.permit?.(url, { method: "GET", target: "/" }).isTraced ?? null;
      };
      assert.deepEqual(AUDIENCES.map(isTraced), expected);
    });
  }

  const SECRETS: readonly (readonly [key: string, value: unknown])[] = [
    ["headers", { "X-Key": "s" }],
    ["headersTimeout", 1],
    ["username", "u"],
    ["password", "p"],
    ["aws_sigv4", "aws:amz"],
    ["tls_client_cert", {}],
  ];
  for (const [key, value] of SECRETS) {
    it(`takes no secret from a run: ${key}`, () => {
      const rules = { allow: [ORIGIN, { origin: ORIGIN, [key]: value }] };
      const option = `policy.allow[1].${key}`;
      const message = `${option}: a rule of a run has no secrets: they belong to the runtime`;
      assert.throws(() => createPolicy(rules, { audience: "run" }), { code: "BAD_CONFIG", option, message });
    });
  }
});
