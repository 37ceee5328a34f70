export type { ScriptRequest } from "../api/rules.ts";
export { type LimitCode, type Place, ScriptError, type ScriptErrorCode } from "./blame/errors.ts";
export type { GivenLimits, Limits } from "./blame/limits.ts";
export type { RunUsage } from "./blame/run-usage.ts";
export type { CompileOptions } from "./compile/compile-options.ts";
export { type CompiledScript, compileScript } from "./compile/compiler.ts";
export type { ScriptText } from "./compile/script-text.ts";
export type { Granted } from "./run/grants.ts";
export type { RunEnd, RunStart } from "./run/run-events.ts";
export type { ScriptValue } from "./run/script-value.ts";
export type { RunOptions } from "./run-options.ts";
export {
  createScriptRuntime,
  type LoadOptions,
  type ScriptRuntime,
  type ScriptRuntimeOptions,
} from "./runtime.ts";
export type { RuntimeStats } from "./runtime-stats.ts";
export type { RunResult, Script } from "./script.ts";
