import { type AllowRule, HttpBackgroundError, type PolicyRules } from "../index.ts";
import { Mistake } from "./command.ts";
import { parseSecretFile } from "./config-file.ts";

/** The flags of all commands with a policy. */
export const POLICY_FLAGS = {
  allow: { type: "string", multiple: true },
  "allow-rule": { type: "string", multiple: true },
  block: { type: "string", multiple: true },
} as const;

interface PolicyFlags {
  allow?: string[];
  "allow-rule"?: string[];
  block?: string[];
}

/** What the flags give. */
export interface GivenPolicy {
  readonly rules: PolicyRules;
  /** Where each entry of `allow` comes from, such as `--allow-rule rules.json[0]`. */
  readonly sources: readonly string[];
}

/**
 * The rules in `--allow`, `--allow-rule` and `--block`.
 *
 * @throws {Mistake} if a file cannot be read; TimedOut
 */
export async function readPolicy(flags: PolicyFlags, signal?: AbortSignal): Promise<GivenPolicy> {
  const given = (flags.allow ?? []).map((entry) => ({
    source: "--allow",
    entry: entry as string | AllowRule,
  }));
  for (const path of flags["allow-rule"] ?? []) {
    const document = await parseSecretFile(path, signal);
    const isList = Array.isArray(document);
    const entries: unknown[] = isList ? document : [document];
    for (const [index, entry] of entries.entries()) {
      // Whatever it is, the policy says what is wrong with it.
      const source = `--allow-rule ${path}${isList ? `[${index}]` : ""}`;
      given.push({ source, entry: entry as AllowRule });
    }
  }
  const isGiven = flags.allow !== undefined || flags["allow-rule"] !== undefined;
  const allow = isGiven ? given.map(({ entry }) => entry) : undefined;
  return { rules: { allow, block: flags.block }, sources: given.map(({ source }) => source) };
}

/** Turns an error about the rules into a mistake that names the flag: `--allow: "x" has no scheme: …`. */
export function asPolicyMistake(error: unknown, { sources }: GivenPolicy): unknown {
  const isRule = error instanceof HttpBackgroundError && error.option?.startsWith("policy.");
  if (!isRule) return error;
  const message = error.message
    .replace(/^policy\.options\[\d+\]: /, "--open: ")
    .replace(/^policy\.block\[\d+\]: /, "--block: ")
    .replace(/^policy\.allow\[(\d+)\]/, (_, index) => sources[Number(index)] ?? "--allow");
  return new Mistake(message, { cause: error });
}
