import { refuseUnknownOptions } from "../api/config.ts";
import { HttpBackgroundError } from "../api/errors.ts";
import { SourceMap } from "./blame/source-map.ts";
import type { CompileOptions } from "./compile/compile-options.ts";
import { Compiler, readScript } from "./compile/compiler.ts";
import { type GivenText, languageOfPath, type ScriptText } from "./compile/script-text.ts";
import { JavaScriptLoader } from "./evaluate/javascript-loader.ts";
import { readLabel } from "./label.ts";
import { checkSize } from "./load/confined-guest.ts";
import { ModuleLoader } from "./load/module-loader.ts";
import { LoadLine, sizeOfScript } from "./load-line.ts";
import { LoadRoom } from "./load-room.ts";
import { RunnableScript, type RuntimeContext, type Script } from "./script.ts";
import { javaScriptParts, type ScriptParts, wasmParts } from "./script-parts.ts";

/** How a module is loaded. */
export interface LoadOptions {
  /** The compiler's source map. With it, errors have the line in the source. */
  sourceMap?: string | undefined;
  /** The script's name in events: 1 to 256 characters. @default none */
  name?: string | undefined;
}

const LOAD_OPTIONS: readonly (keyof LoadOptions)[] = ["sourceMap", "name"];

/** Makes scripts of what the application gives: a source, or a module. @internal */
export class ScriptLoader {
  readonly #runtime: RuntimeContext;
  readonly #line: LoadLine;
  readonly #compiler: Compiler;
  readonly #modules: ModuleLoader;
  readonly #javascript: JavaScriptLoader;

  /**
   * @param asc The module of the compiler, if the application says which
   * @param packages That scripts may import
   */
  constructor(runtime: RuntimeContext, asc: string | URL | undefined, packages: readonly string[]) {
    const { limits, memory, computing } = runtime;
    const { isElsewhere } = computing;
    this.#runtime = runtime;
    this.#line = new LoadLine(limits, memory);
    this.#compiler = new Compiler(asc, packages);
    this.#modules = new ModuleLoader(limits, this.#compiler, { isElsewhere, room: new LoadRoom(memory) });
    this.#javascript = new JavaScriptLoader(limits, { isElsewhere });
  }

  /** @throws as `ScriptRuntime.compile` */
  async compile(script: string | ScriptText, options: CompileOptions): Promise<Script> {
    const given = readScript(script);
    const name = typeof given === "string" ? given : (script as ScriptText).name;
    const language = typeof given === "string" ? languageOfPath(given) : given.language;
    if (language !== "assemblyscript") {
      refuseUnknownOptions(options, [], "BAD_ARGUMENT");
      const isTyped = language === "typescript";
      return this.#line.load(sizeOfScript(given), () => this.#loadJavaScript(given, isTyped, name));
    }
    return this.#line.load(sizeOfScript(given), async () => {
      const { wasm, sourceMap } = await this.#compiler.compile(given, options);
      return this.#load(wasm, readSourceMap(sourceMap), name);
    });
  }

  /** @throws as `ScriptRuntime.load` */
  async load(bytes: Uint8Array, options: LoadOptions): Promise<Script> {
    refuseUnknownOptions(options, LOAD_OPTIONS, "BAD_ARGUMENT");
    const [sourceMap, name] = [readSourceMap(options.sourceMap), readLabel("name", options.name)];
    checkSize(bytes);
    return this.#line.load(bytes.length, () => this.#load(bytes, sourceMap, name));
  }

  async close(): Promise<void> {
    await Promise.all([this.#compiler.close(), this.#modules.close(), this.#javascript.close()]);
  }

  async #load(
    bytes: Uint8Array,
    sourceMap: SourceMap | undefined,
    name: string | undefined,
  ): Promise<Script> {
    return this.#open(async () => wasmParts(await this.#modules.load(bytes), sourceMap, name));
  }

  async #loadJavaScript(script: string | GivenText, isTyped: boolean, name: string): Promise<Script> {
    return this.#open(async () => javaScriptParts(await this.#javascript.load(script, isTyped), name));
  }

  async #open(load: () => Promise<ScriptParts>): Promise<Script> {
    // Meanwhile, what computes can start.
    const [parts] = await Promise.all([load(), this.#runtime.computing.ready()]);
    this.#runtime.checkOpen();
    return new RunnableScript(parts, this.#runtime);
  }
}

function readSourceMap(text: unknown): SourceMap | undefined {
  if (text === undefined) return undefined;
  if (typeof text === "string") return new SourceMap(text);
  throw new HttpBackgroundError("BAD_ARGUMENT", "sourceMap: must be text", { option: "sourceMap" });
}
