import type { CompileOptions } from "../script/index.ts";

/** The flags of all commands that compile. */
export const COMPILE_FLAGS = {
  package: { type: "string", multiple: true },
  enable: { type: "string", multiple: true },
} as const;

/** The options in the flags. The compiler checks them. */
export function compileOptions(flags: { package?: string[]; enable?: string[] }): CompileOptions {
  return { packages: flags.package, enable: flags.enable as CompileOptions["enable"] };
}
