import type { CallSettings, FetchOptions } from "./api/calls.ts";
import { type Config, parseConfig, refuseUnknownOptions } from "./api/config.ts";
import { HttpBackgroundError } from "./api/errors.ts";
import type { Fleet } from "./api/fleet.ts";
import type { HostOptions, HttpBackground, ThreadStats } from "./api/http-background.ts";
import type { Result } from "./api/results.ts";
import { ApplicationCall, type PluginParts } from "./calls/application-call.ts";
import { readCallSettings } from "./calls/call-settings.ts";
import { letGoOfPost } from "./calls/posted-files.ts";
import { receiveInto, refuseInto } from "./calls/receive-into.ts";
import { StreamingCall } from "./calls/streaming-call.ts";
import { asPost, asUrlText } from "./calls/web-values.ts";
import { type DoorOptions, ScriptDoor } from "./door/script-door.ts";
import { type Fetch, makeFetch } from "./fetch/fetch.ts";
import { readFetchOptions } from "./fetch/options.ts";
import { Plugin } from "./guest/plugin.ts";
import { Handles } from "./guest/wire/handles.ts";
import { marshal } from "./guest/wire/marshal.ts";
import { marshalOutcome } from "./guest/wire/result.ts";
import { type Clock, REAL_CLOCK } from "./lifetime/clock.ts";
import { unknownThread } from "./mistakes/explained-mistake.ts";
import { reportIgnored } from "./mistakes/ignored-options.ts";
import { Network } from "./network/network.ts";
import { createPolicy } from "./network/policy/policy.ts";
import type { Between } from "./network/thread.ts";
import { failedOutcome } from "./network/transfer/failures.ts";
import type { Transfer } from "./network/transfer/transfer.ts";
import { shortenRefused } from "./network/url/url.ts";
import { readPluginWasm } from "./plugin-wasm.ts";

/** @internal */
export type { PluginParts };

type Call = HttpBackground["http_background"];

/** @internal */
export const HOST_OPTIONS: readonly (keyof HostOptions)[] = ["policy", "ca", "env", "wasm", "fleet"];

/**
 * Loads the plugin.
 *
 * @param config The threads, as in the configuration of the original. Each thread has its own connections and limits.
 * @throws HttpBackgroundError BAD_CONFIG, whose `option` is the wrong key; BAD_MODULE. Nothing has started then.
 */
export async function createHttpBackground(
  config: Config,
  options: HostOptions = {},
): Promise<HttpBackground> {
  refuseUnknownOptions(options, HOST_OPTIONS);
  return new LoadedPlugin(await loadParts(config, options));
}

/** What tests put in the place of what the machine has. @internal */
export interface Surroundings {
  readonly between?: Between | undefined;
  readonly clock?: Clock | undefined;
  readonly fillRandom?: ((bytes: Uint8Array) => void) | undefined;
}

/** @internal @throws as `createHttpBackground` */
export async function loadParts(
  config: Config,
  options: HostOptions,
  { between, clock = REAL_CLOCK, fillRandom }: Surroundings = {},
): Promise<PluginParts> {
  refuseWrongTypes(options);
  const policy = createPolicy(options.policy, { audience: "application", clock });
  const network = new Network(parseConfig(config), { ...options, policy, between, clock });
  try {
    const plugin = await Plugin.load(options.wasm ?? (await readPluginWasm()), {
      hasThread: (id) => network.has(id),
      answerTo: () => marshalOutcome(failedOutcome("BAD_FUNCTION_ARGUMENT"), new Handles()),
      fillRandom,
    });
    return { plugin, network };
  } catch (error) {
    // A fleet has heard of it already.
    await network.destroy();
    throw error;
  }
}

/** What those of these options are whose readers do not check it. */
const KINDS = [
  ["env", "an object such as process.env", (value) => typeof value === "object" && value !== null],
  ["wasm", "the bytes of a module", ArrayBuffer.isView],
  ["fleet", "what redisFleet of http-background/fleet/redis returned", isFleet],
] as const satisfies [keyof HostOptions, string, (value: unknown) => boolean][];

function refuseWrongTypes(options: HostOptions): void {
  for (const [option, kind, accepts] of KINDS) {
    const value = options[option];
    if (value === undefined || accepts(value)) continue;
    throw new HttpBackgroundError("BAD_CONFIG", `${option}: must be ${kind}`, { option });
  }
}

function isFleet(value: unknown): boolean {
  return typeof (value as Partial<Fleet> | null)?.leasesOf === "function";
}

/**
 * The door of a plugin: the calls of scripts enter there.
 *
 * @internal
 * @throws HttpBackgroundError BAD_CONFIG if `http` does not come from `createHttpBackground`
 */
export function doorOf(http: HttpBackground): ScriptDoor {
  if (http instanceof LoadedPlugin) return http.door;
  throw new HttpBackgroundError("BAD_CONFIG", "http: must be the object that createHttpBackground returned", {
    option: "http",
  });
}

/** Whether it is a plugin. @internal */
export function isPlugin(value: unknown): boolean {
  return value instanceof LoadedPlugin;
}

/** @internal */
export class LoadedPlugin implements HttpBackground {
  readonly door: ScriptDoor;
  readonly #host: PluginParts;
  readonly #network: Network;
  #isClosed = false;

  constructor(host: PluginParts, options?: DoorOptions) {
    this.#host = host;
    this.#network = host.network;
    this.door = new ScriptDoor(host.plugin, host.network, options);
  }

  // Bound to the object: the name looks like that of a function, so callers take it off the object and call it alone.
  readonly http_background = ((
    id: unknown,
    url: unknown,
    options?: unknown,
    post?: unknown,
    call?: CallSettings,
  ): Promise<Result> => this.#call([id, url, options, post], call, "all")) as Call;

  fetch(id: string, options: FetchOptions = {}): Fetch {
    if (!this.#network.has(id)) {
      const message = unknownThread(String(id), Object.keys(this.stats()));
      throw new HttpBackgroundError("UNKNOWN_THREAD", message, { option: "id" });
    }
    // As in browsers, content with a coding that is not known stays as it is.
    const call = (...[id, url, options, post, call]: Parameters<Call>) =>
      this.#call([id, url, options, post], call, "known");
    return makeFetch(call as Call, id, readFetchOptions(options));
  }

  /** @param codings what is done with the codings of content, if the caller wants it decompressed */
  #call(
    [id, url, options, post]: readonly unknown[],
    call: unknown,
    codings: Transfer["codings"],
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      const handles = new Handles();
      let settings: CallSettings | undefined;
      try {
        const address = asUrlText(url);
        const given = [id, address, options, asPost(post)];
        settings = readCallSettings(call);
        reportIgnored(given);
        this.#checkOpen();
        const args = marshal([id, shortenRefused(address), options, given[3]], handles);
        // A getter of the caller, called while the arguments were read, may have closed the plugin.
        this.#checkOpen();
        const host = this.#host;
        const inForce = settings.decompress === true ? codings : undefined;
        const parts = { host, handles, settings, codings: inForce, given, resolve, reject };
        if (settings.stream === true) host.plugin.start(new StreamingCall(args, parts));
        else if (settings.into === undefined) host.plugin.start(new ApplicationCall(args, parts));
        else resolve(receiveInto(settings.into, StreamingCall.start(args, parts), settings.signal));
      } catch (error) {
        letGoOfPost(post, handles);
        if (settings?.into !== undefined) refuseInto(settings.into, error);
        reject(error);
      }
    });
  }

  stats(): Record<string, ThreadStats> {
    return this.#network.stats();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // What was begun before is part of what it waits for.
    for (const pending of this.#pending) if (pending !== undefined) await pending;
    await this.#network.close();
  }

  async destroy(): Promise<void> {
    this.#isClosed = true;
    this.#host.plugin.refuseWaiting();
    // What is started now is refused.
    await Promise.all([this.#network.destroy(), ...this.#pending]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Calls that were begun and have not started, because all at once would take too long. */
  get #pending(): (Promise<void> | undefined)[] {
    return [this.#host.plugin.pending, this.door.pending];
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new HttpBackgroundError("CLOSED", "http-background is closed");
  }
}
