import { createHttpBackground, type HttpBackground } from "../../host/index.ts";
import {
  createScriptRuntime,
  type ScriptError,
  type ScriptRuntime,
  type ScriptRuntimeOptions,
} from "../../host/script/index.ts";
import { type ScriptedServer, startScriptedServer } from "./scripted-server.ts";
import { variant } from "./variant.ts";

/** A server, a plugin with the thread "default", and runtimes whose scripts may reach the server. */
export class ScriptWorld {
  readonly server: ScriptedServer;
  readonly http: HttpBackground;
  readonly #runtimes: ScriptRuntime[] = [];

  private constructor(server: ScriptedServer, http: HttpBackground) {
    this.server = server;
    this.http = http;
  }

  static async create(...serverArgs: Parameters<typeof startScriptedServer>): Promise<ScriptWorld> {
    const server = await startScriptedServer(...serverArgs);
    return new ScriptWorld(server, await createHttpBackground({ threads: [{ id: "default" }] }));
  }

  runtime(options: Partial<ScriptRuntimeOptions> = {}): ScriptRuntime {
    const runtime = createScriptRuntime({
      http: this.http,
      allow: [this.server.base],
      workers: variant.workers,
      ...options,
    });
    this.#runtimes.push(runtime);
    return runtime;
  }

  async close(): Promise<void> {
    for (const runtime of this.#runtimes) await runtime.destroy();
    await this.http.destroy();
    await this.server.close();
  }
}

/** The error with which a run rejects. */
export async function failureOf(run: Promise<unknown>): Promise<ScriptError> {
  try {
    await run;
  } catch (error) {
    return error as ScriptError;
  }
  throw new Error("the run came to its end");
}
