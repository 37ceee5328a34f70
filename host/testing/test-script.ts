import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Config } from "../api/config.ts";
import {
  type CompileOptions,
  createScriptRuntime,
  type RunOptions,
  type RunResult,
  type Script,
  type ScriptRuntime,
  type ScriptRuntimeOptions,
  type ScriptText,
} from "../script/index.ts";
import type { TestRequest } from "./request/test-request.ts";
import {
  createTestHttpBackground,
  originsOf,
  type TestHttpBackground,
  type TestOptions,
} from "./test-http-background.ts";

/** What a script is tested with, and the options of its run: `args`, `files`, `timeout`, `limits` and so on. */
export interface TestScriptOptions extends RunOptions {
  /** Makes the fakes. @default none: every request is a mistake */
  when?: ((when: TestHttpBackground["when"]) => unknown) | undefined;
  /** The exported function. @default "main" */
  entry?: string | undefined;
  /** @default one thread, "default" */
  config?: Config | undefined;
  /**
   * Options of the runtime, such as rules with secrets, and `packages`.
   * @default scripts may reach everything, and private addresses if a fake names the very host
   */
  runtime?: Omit<ScriptRuntimeOptions, "http"> | undefined;
  /** Options of the plugin without a network, such as `seed`. */
  http?: TestOptions | undefined;
  /** How it is compiled, if it is a source. */
  compile?: CompileOptions | undefined;
}

/** What a script has done. */
export interface TestScriptResult extends RunResult {
  /** What it has sent, in order. */
  readonly requests: TestRequest[];
}

export type TestedScript = string | URL | Uint8Array | ScriptText;

const EVERYTHING: readonly string[] = ["http://*:*", "https://*:*"];

/**
 * Runs a script against fakes, without a network.
 *
 * @param script Path of its source, or of its WebAssembly (`.wasm`); the bytes of that; or an object with its text
 * @throws ScriptError, as `Script.run`; TestKitError NO_FAKE, UNUSED_FAKE
 */
export async function testScript(
  script: TestedScript,
  options: TestScriptOptions = {},
): Promise<TestScriptResult> {
  const { when, entry, config, runtime: given, http: hostOptions, compile, ...run } = options;
  const http = await createTestHttpBackground(config, hostOptions);
  let runtime: ScriptRuntime | undefined;
  try {
    when?.(http.when);
    const allow = [...EVERYTHING, ...originsOf(http)];
    runtime = createScriptRuntime({ allow, ...given, http });
    const loaded = await load(runtime, script, compile);
    const result = await loaded.run(entry, run);
    await http.close();
    return { ...result, requests: http.requests() };
  } finally {
    await runtime?.destroy();
    await http.destroy();
  }
}

async function load(
  runtime: ScriptRuntime,
  script: TestedScript,
  options: CompileOptions | undefined,
): Promise<Script> {
  if (script instanceof Uint8Array) return runtime.load(script);
  const given = script instanceof URL ? fileURLToPath(script) : script;
  if (typeof given !== "string" || !given.endsWith(".wasm")) return runtime.compile(given, options);
  const sourceMap = await readFile(`${given}.map`, "utf8").catch(() => undefined);
  return runtime.load(await readFile(given), { sourceMap, name: given });
}
