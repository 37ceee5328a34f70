import type { CompileOptions } from "../script/index.ts";

/** The flags of every command that compiles. */
export const COMPILE_FLAGS = {
  package: { type: "string", multiple: true },
  enable: { type: "string", multiple: true },
} as const;

/** What the flags say; the compiler checks it. */
export function compileOptions(flags: { package?: string[]; enable?: string[] }): CompileOptions {
  return { packages: flags.package, enable: flags.enable as CompileOptions["enable"] };
}
