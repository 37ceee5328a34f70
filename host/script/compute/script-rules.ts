import { ASYNCIFY } from "../../guest/engine/asyncify.ts";
import type { GuestRules } from "../../guest/engine/module.ts";
import { SIGNATURES } from "./signatures.ts";

/** What the module of a script must be, after it was confined. */
export const SCRIPT_RULES: GuestRules = {
  imports: new Set(SIGNATURES.keys()),
  kind: ASYNCIFY,
  isConfined: true,
};
