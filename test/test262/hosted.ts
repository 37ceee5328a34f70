import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import {
  createScriptRuntime,
  type Script,
  type ScriptError,
  type ScriptRuntime,
} from "../../host/script/index.ts";
import { ENDED, MEMORY_PAGES, MOST_MS, type Player, WAITS } from "./player.ts";
import type { Program } from "./program.ts";

const LIMITS = {
  memoryPages: MEMORY_PAGES,
  computeMs: MOST_MS,
  cpuMs: MOST_MS,
  timeout: (2 * MOST_MS) / 1000,
  outputBytes: 1 << 24,
};
/** How a message begins that tells what was thrown. */
const CLASS = /^(\w+)/;

/** Plays programs as scripts of a runtime. */
export class HostedPlayer implements Player {
  readonly name: string;
  readonly #http: HttpBackground;
  readonly #runtime: ScriptRuntime;
  /** Scripts by their texts. Most programs are one script, with other arguments. */
  readonly #scripts = new Map<string, Promise<Script>>();

  private constructor(name: string, http: HttpBackground, runtime: ScriptRuntime) {
    this.name = name;
    this.#http = http;
    this.#runtime = runtime;
  }

  /** @param workers 0: the engine is confined, and pays for what it computes */
  static async create(name: string, workers: number): Promise<HostedPlayer> {
    const http = await createHttpBackground({ threads: [] });
    return new HostedPlayer(name, http, createScriptRuntime({ http, workers, limits: LIMITS }));
  }

  async play(program: Program): Promise<string[]> {
    try {
      const script = await this.#load(program);
      const { output } = await script.run("default", { args: program.args });
      return linesOf(output);
    } catch (error) {
      const { output = "" } = error as Partial<ScriptError>;
      return [...linesOf(output), ...endOf(error as ScriptError)];
    }
  }

  async close(): Promise<void> {
    await this.#runtime.destroy();
    await this.#http.destroy();
  }

  #load({ modules }: Program): Promise<Script> {
    const [[name, source], ...others] = modules as [[string, string]];
    const compile = (): Promise<Script> =>
      this.#runtime.compile({ name, source, modules: Object.fromEntries(others) });
    if (others.length > 1) return compile();
    const known = this.#scripts.get(source) ?? compile();
    this.#scripts.set(source, known);
    return known;
  }
}

function linesOf(output: string): string[] {
  return output.split("\n").slice(0, -1);
}

/** Nobody minds a rejection in the engine alone. */
function endOf({ code, message }: ScriptError): string[] {
  if (message.startsWith("unhandled rejection: ")) return [];
  if (code === "COMPILE_FAILED") return [`${ENDED} SyntaxError`];
  if (message.startsWith("it waits for a promise")) return [WAITS];
  if (code === "SCRIPT_ABORTED") return [`${ENDED} ${CLASS.exec(message)?.[1] ?? message}`];
  return [`${ENDED} ${code} ${message}`];
}
