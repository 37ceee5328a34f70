import { HttpBackgroundError, type PolicyRules } from "../index.ts";
import { Mistake } from "./command.ts";

/** The flags of every command that is under a policy. */
export const POLICY_FLAGS = {
  allow: { type: "string", multiple: true },
  block: { type: "string", multiple: true },
} as const;

/** What `--allow` and `--block` say. */
export function policyRules(flags: { allow?: string[]; block?: string[] }): PolicyRules {
  return { allow: flags.allow, block: flags.block };
}

/** A mistake in the rules, in the words of the command line: `--allow: "x" has no scheme: …`. */
export function asPolicyMistake(error: unknown): unknown {
  const isRule = error instanceof HttpBackgroundError && error.option?.startsWith("policy.");
  if (!isRule) return error;
  const message = error.message.replace(/^policy\.options\[\d+\]: /, "--open: ");
  return new Mistake(message.replace(/^policy\.(\w+)\[\d+\]: /, "--$1: "), { cause: error });
}
