export { type CompiledScript, type CompileOptions, compileScript } from "./compiler.ts";
export { type LimitCode, type Place, ScriptError, type ScriptErrorCode } from "./errors.ts";
export type { Granted } from "./grants.ts";
export type { Limits } from "./limits.ts";
export { createScriptRuntime, type ScriptRuntime, type ScriptRuntimeOptions } from "./runtime.ts";
export type { RunOptions, RunResult, Script } from "./script.ts";
