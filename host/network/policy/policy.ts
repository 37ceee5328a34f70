import { HttpBackgroundError } from "../../api/errors.ts";
import type { PolicyRules } from "../../api/types.ts";
import type { Transfer } from "../transfer/transfer.ts";
import type { Url } from "../url/url.ts";
import { AllowList, type Origin } from "./allow-list.ts";
import { BlockList } from "./block-list.ts";
import { CompiledPolicy } from "./compiled-policy.ts";
import { OptionList } from "./option-list.ts";

/** Which origins and which addresses a caller may reach. Both checks throw `TransferFailure` with DENIED. */
export interface Policy {
  /** Denials are told at multiples of so many milliseconds after the start of the call. @default 0, at once */
  readonly denialGridMs?: number;
  /** For the URL of the call and of every redirect hop. */
  checkUrl(url: Url): void;
  /** For the options that widen what a call may do. Without it, all are allowed. */
  checkOptions?(transfer: Transfer): void;
  /**
   * For every address of `url`'s host, before any of them is dialled, and for the peer of a connection that is
   * used again. One address that is denied denies the host.
   */
  checkAddress(url: Pick<Url, "scheme" | "hostname" | "port">, address: string): void;
}

/** What a policy says about an origin or an address, for the operator's eyes. It is the cause of a DENIED. */
export interface Decision {
  readonly allowed: boolean;
  /** `allow ENTRY`, `block ENTRY`, or one of `default allow`, `default deny`, `default private`, `option NAME`. */
  readonly rule: string;
  /** The address that decided; null when the origin did. */
  readonly address: string | null;
  /** What `private` found: the range of the address, or the kind of the name. */
  readonly range: string | null;
  /** What would allow it; null when it is allowed. */
  readonly advice: string | null;
}

/** A policy that can say why. */
export interface ExplainingPolicy extends Policy {
  /** Decides about an origin and every address of its host, as a call would; nothing is thrown. */
  explain(url: Origin, addresses?: readonly string[]): Decision;
}

/**
 * Compiles rules. null is a policy that allows everything: an application without rules.
 *
 * A script may reach nothing that is not on its allow list, and of that nothing private unless an entry
 * names the very host or address (no wildcard in its host).
 *
 * @throws HttpBackgroundError BAD_CONFIG, naming the entry that is wrong and saying how to write it
 */
export function createPolicy(
  rules: PolicyRules | undefined,
  defaults: { audience: "application" | "script" },
): ExplainingPolicy | null {
  const { allow, block = [], options } = readRules(rules);
  const isScript = defaults.audience === "script";
  if (!isScript && allow === undefined && block.length === 0 && options === undefined) return null;
  const isOpen = (list: unknown): boolean => list === undefined && !isScript;
  return new CompiledPolicy({
    allow: isOpen(allow) ? null : new AllowList(allow ?? [], "policy.allow"),
    block: new BlockList(block, "policy.block"),
    options: isOpen(options) ? null : new OptionList(options ?? [], "policy.options"),
    isForScripts: isScript,
  });
}

const KEYS: readonly string[] = ["allow", "block", "options"];

function readRules(rules: PolicyRules | undefined): PolicyRules {
  if (rules === undefined) return {};
  if (typeof rules !== "object" || rules === null || Array.isArray(rules)) {
    throw new HttpBackgroundError("BAD_CONFIG", `policy: must be an object with ${KEYS.join(", ")}`, {
      option: "policy",
    });
  }
  for (const [key, value] of Object.entries(rules)) {
    const option = `policy.${key}`;
    if (!KEYS.includes(key)) {
      throw new HttpBackgroundError("BAD_CONFIG", `${option}: no such key; there are ${KEYS.join(", ")}`, {
        option,
      });
    }
    if (value !== undefined && !Array.isArray(value)) {
      throw new HttpBackgroundError("BAD_CONFIG", `${option}: must be an array of strings`, { option });
    }
  }
  return rules;
}
