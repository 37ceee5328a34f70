import { HttpBackgroundError, type PolicyRules } from "../index.ts";
import { Mistake } from "./command.ts";

/** The flags of all commands with a policy. */
export const POLICY_FLAGS = {
  allow: { type: "string", multiple: true },
  block: { type: "string", multiple: true },
} as const;

/** The rules in `--allow` and `--block`. */
export function policyRules(flags: { allow?: string[]; block?: string[] }): PolicyRules {
  return { allow: flags.allow, block: flags.block };
}

/** Turns an error about the rules into a mistake that names the flag: `--allow: "x" has no scheme: …`. */
export function asPolicyMistake(error: unknown): unknown {
  const isRule = error instanceof HttpBackgroundError && error.option?.startsWith("policy.");
  if (!isRule) return error;
  const message = error.message.replace(/^policy\.options\[\d+\]: /, "--open: ");
  return new Mistake(message.replace(/^policy\.(\w+)\[\d+\]: /, "--$1: "), { cause: error });
}
