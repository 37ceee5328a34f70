import { readFile } from "node:fs/promises";
import { type Config, parseConfig, refuseUnknownOptions } from "./api/config.ts";
import { HttpBackgroundError } from "./api/errors.ts";
import type { HostOptions, HttpBackground, Result, ThreadStats } from "./api/types.ts";
import { Plugin } from "./guest/plugin.ts";
import { Handles } from "./guest/wire/handles.ts";
import { marshal } from "./guest/wire/marshal.ts";
import { marshalOutcome, unmarshalResult } from "./guest/wire/result.ts";
import { Network } from "./network/network.ts";
import { createPolicy } from "./network/policy/policy.ts";
import { failedOutcome } from "./network/transfer/failures.ts";
import { PLUGIN_WASM } from "./plugin-wasm.ts";
import { ScriptDoor } from "./script-door.ts";
import { readTransfer } from "./transfer-record.ts";

const OPTIONS: readonly (keyof HostOptions)[] = ["policy", "ca", "env", "wasm"];

/**
 * Loads the plugin.
 *
 * @param config Threads, as the original's configuration has them: each has connections and limits of its own.
 * @throws HttpBackgroundError BAD_CONFIG that names the key, before anything starts; BAD_MODULE.
 */
export async function createHttpBackground(
  config: Config,
  options: HostOptions = {},
): Promise<HttpBackground> {
  refuseUnknownOptions(options, OPTIONS);
  const policy = createPolicy(options.policy, { audience: "application" });
  const network = new Network(parseConfig(config), { ...options, policy });
  const plugin = await Plugin.load(options.wasm ?? (await readFile(PLUGIN_WASM)), {
    hasThread: (id) => network.has(id),
    answerTo: () => marshalOutcome(failedOutcome("BAD_FUNCTION_ARGUMENT"), new Handles()),
  });
  return new LoadedPlugin(plugin, network);
}

/**
 * Where the calls of scripts go in.
 *
 * @internal
 * @throws HttpBackgroundError BAD_CONFIG if `http` is not what `createHttpBackground` gave
 */
export function doorOf(http: HttpBackground): ScriptDoor {
  if (http instanceof LoadedPlugin) return http.door;
  throw new HttpBackgroundError("BAD_CONFIG", "http: must be what createHttpBackground gave", {
    option: "http",
  });
}

class LoadedPlugin implements HttpBackground {
  readonly door: ScriptDoor;
  readonly #plugin: Plugin;
  readonly #network: Network;
  #isClosed = false;

  constructor(plugin: Plugin, network: Network) {
    this.#plugin = plugin;
    this.#network = network;
    this.door = new ScriptDoor(plugin, network);
  }

  // Bound: it reads like a function, and is taken for one.
  readonly http_background = async (
    id: unknown,
    url: unknown,
    options?: unknown,
    post?: unknown,
    call?: { signal?: AbortSignal | undefined },
  ): Promise<Result> => {
    const signal = readSignal(call);
    if (this.#isClosed) throw new HttpBackgroundError("CLOSED", "http-background is closed");
    const handles = new Handles();
    const record = await this.#plugin.call(marshal([id, url, options, post], handles), (transfer) =>
      this.#perform(transfer, handles, signal),
    );
    const result = unmarshalResult(record, handles) as Result;
    // What the guest refuses by itself has a code alone.
    return result.error === "" ? failedOutcome(result.code) : result;
  };

  stats(): Record<string, ThreadStats> {
    return this.#network.stats();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#network.close();
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    await this.#network.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #perform(record: Buffer, handles: Handles, signal: AbortSignal | undefined): Promise<Uint8Array> {
    const transfer = readTransfer(record, {
      getHandle: (number, ...types) => handles.get(number, ...types),
      makeEncoder: (encoder) => this.#plugin.encoding(encoder),
    });
    return marshalOutcome(await this.#network.perform(transfer, { signal }), handles);
  }
}

/** @throws HttpBackgroundError BAD_ARGUMENT if the caller's signal is none, or cannot be read */
function readSignal(call: { signal?: AbortSignal | undefined } = {}): AbortSignal | undefined {
  try {
    const { signal } = call;
    if (signal === undefined || signal instanceof AbortSignal) return signal;
  } catch (cause) {
    throw new HttpBackgroundError("BAD_ARGUMENT", "Bad signal", { cause });
  }
  throw new HttpBackgroundError("BAD_ARGUMENT", "Bad signal");
}
