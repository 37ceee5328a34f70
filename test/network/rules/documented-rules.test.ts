import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AllowRule } from "../../../host/api/rules.ts";
import { createPolicy } from "../../../host/network/policy/policy.ts";
import { certificates } from "../../support/certificates.ts";
import { readText } from "../../support/root.ts";

/** What the examples use and do not define. */
function surroundings(): Record<string, unknown> {
  const { cert: x509, key: privatekey } = certificates().client;
  const askSomebody = async () => true;
  return { token: "token", password: "p", keyId: "id", key: "key", x509, privatekey, askSomebody };
}

describe("docs/policy.md", () => {
  const blocks = [...readText("docs/policy.md").matchAll(/^```ts\n(const (?:allow|rule) = .*?)^```$/gms)];

  it("has examples of rules that can be used as they are written", () => {
    const given = surroundings();
    for (const [, code = ""] of blocks) {
      const name = /^const (\w+)/.exec(code)?.[1];
      const made = new Function(...Object.keys(given), `${code}\nreturn ${name};`)(...Object.values(given));
      const allow: (string | AllowRule)[] = Array.isArray(made) ? made : [made];
      assert.notEqual(createPolicy({ allow }, { audience: "script" }), null);
    }
    assert.equal(blocks.length, 5);
  });
});
