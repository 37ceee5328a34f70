import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NarrowedPolicy } from "../../../host/network/policy/narrowed-policy.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";
import type { Permit, Policy } from "../../../host/network/transfer/policy.ts";
import { parseUrl } from "../../../host/network/url/url.ts";
import { transferTo } from "../../support/transfers.ts";

const URL = parseUrl("https://a.example/");
const LINE = { method: "GET", target: "/" };
const ADDRESS = "10.0.0.1";

/** The checks of a policy, and those of what it permits. */
const CHECKS: Readonly<Record<string, (policy: Policy) => unknown>> = {
  url: (policy) => policy.checkUrl(URL),
  options: (policy) => policy.checkOptions?.(transferTo("https://a.example/")),
  permit: (policy) => policy.permit?.(URL, LINE),
  address: (policy) => policy.checkAddress(URL, ADDRESS),
  unresolved: (policy) => policy.checkUnresolved?.(URL),
  "address of a permit": (policy) => policy.permit?.(URL, LINE).checkAddress(URL, ADDRESS),
  "unresolved name of a permit": (policy) => policy.permit?.(URL, LINE).checkUnresolved?.(URL),
};

/** A policy that throws at the check with this name, if there is one. */
function policyOf(failing: string | null, failure: TransferFailure, members: Partial<Policy> = {}): Policy {
  const check = (name: string) => () => {
    if (name === failing) throw failure;
  };
  const permit: Permit = {
    ...members,
    checkAddress: check("address of a permit"),
    checkUnresolved: check("unresolved name of a permit"),
  };
  return {
    ...members,
    checkUrl: check("url"),
    checkOptions: check("options"),
    checkAddress: check("address"),
    checkUnresolved: check("unresolved"),
    permit: () => {
      check("permit")();
      return permit;
    },
  };
}

const denied = (): TransferFailure => new TransferFailure("DENIED", { allowed: false, rule: "its rule" });

describe("a policy inside another", () => {
  for (const [name, run] of Object.entries(CHECKS)) {
    it(`allows what both allow, and says which of them does not: ${name}`, () => {
      const failureOf = (outer: string | null, inner: string | null, failure = denied()): unknown => {
        try {
          run(new NarrowedPolicy(policyOf(outer, denied()), policyOf(inner, failure)));
        } catch (error) {
          assert.ok(error instanceof TransferFailure);
          return error.code === "DENIED" ? error.cause : error;
        }
        return null;
      };
      assert.equal(failureOf(null, null), null);
      assert.deepEqual(failureOf(name, null), { allowed: false, rule: "its rule" });
      assert.deepEqual(failureOf(name, name), { allowed: false, rule: "its rule" });
      assert.deepEqual(failureOf(null, name), { allowed: false, rule: "run: its rule" });
      const other = new TransferFailure("ABORTED_BY_CALLBACK");
      assert.equal(failureOf(null, name, other), other);
    });
  }

  it("is one of addresses alone, if it says nothing else", () => {
    const asked: string[] = [];
    const plain = (name: string): Policy => ({
      checkUrl() {},
      checkAddress: () => void asked.push(name),
    });
    const policy = new NarrowedPolicy(plain("outer"), plain("inner"));
    for (const run of Object.values(CHECKS)) run(policy);
    assert.deepEqual(asked, ["outer", "inner", "outer", "inner"]);
    assert.equal(policy.denialGridMs, 0);
  });

  it("has the time and the rule of the outer one", () => {
    const [outer, inner] = [100, 200].map((denialGridMs) =>
      policyOf(null, denied(), { denialGridMs, rule: { text: `${denialGridMs}`, host: "*", port: null } }),
    ) as [Policy, Policy];
    const policy = new NarrowedPolicy(outer, inner);
    assert.equal(policy.denialGridMs, 100);
    assert.equal(policy.permit(URL, LINE).rule?.text, "100");
  });

  it("lets servers learn of a trace only if both do", () => {
    const values = [{}, { isTraced: true }, { isTraced: false }];
    const traced = values.map((outer) =>
      values.map((inner) => {
        const policy = new NarrowedPolicy(policyOf(null, denied(), outer), policyOf(null, denied(), inner));
        return policy.permit(URL, LINE).isTraced;
      }),
    );
    assert.deepEqual(traced, [
      [true, true, false],
      [true, true, false],
      [false, false, false],
    ]);
  });
});
