import { HttpBackgroundError } from "../../api/errors.ts";
import { isKeyed } from "../../api/keyed.ts";
import type { PolicyRules } from "../../api/rules.ts";
import { type Clock, REAL_CLOCK } from "../../lifetime/clock.ts";
import { AllowList } from "./allow-list.ts";
import type { Audience } from "./audience.ts";
import { BlockList } from "./block-list.ts";
import { CompiledPolicy } from "./compiled-policy.ts";
import type { ExplainingPolicy } from "./decision.ts";
import { OptionList } from "./option-list.ts";

/**
 * Compiles rules. It returns null for an application or a run without rules: everything is allowed.
 *
 * A script may reach only what its allow list allows. It may reach a private address only if an entry names exactly
 * this host or address, without a wildcard in the host.
 *
 * @throws HttpBackgroundError BAD_CONFIG, which names the wrong entry and says how to write it
 */
export function createPolicy(
  rules: PolicyRules | undefined,
  { audience, clock = REAL_CLOCK }: { audience: Audience; clock?: Clock },
): ExplainingPolicy | null {
  const { allow, block = [], options } = readRules(rules);
  const isScript = audience === "script";
  if (!isScript && allow === undefined && block.length === 0 && options === undefined) return null;
  const isOpen = (list: unknown): boolean => list === undefined && !isScript;
  return new CompiledPolicy({
    allow: isOpen(allow) ? null : new AllowList(allow ?? [], "policy.allow", { audience, clock }),
    block: new BlockList(block, "policy.block"),
    options: isOpen(options) ? null : new OptionList(options ?? [], "policy.options"),
    isForScripts: audience !== "application",
  });
}

const KEYS: readonly string[] = ["allow", "block", "options"];

function readRules(rules: PolicyRules | undefined): PolicyRules {
  if (rules === undefined) return {};
  if (!isKeyed(rules)) {
    throw new HttpBackgroundError("BAD_CONFIG", `policy: must be an object with ${KEYS.join(", ")}`, {
      option: "policy",
    });
  }
  for (const [key, value] of Object.entries(rules)) {
    const option = `policy.${key}`;
    if (!KEYS.includes(key)) {
      throw new HttpBackgroundError("BAD_CONFIG", `${option}: no such key; the keys are ${KEYS.join(", ")}`, {
        option,
      });
    }
    if (value !== undefined && !Array.isArray(value)) {
      const members = key === "allow" ? "strings and rules" : "strings";
      throw new HttpBackgroundError("BAD_CONFIG", `${option}: must be an array of ${members}`, { option });
    }
  }
  return rules;
}
