import type { CallOptions, CallSettings, FetchOptions, Post, StringLike } from "./calls.ts";
import type { Fleet, FleetStats } from "./fleet.ts";
import type { Result, StreamedResult } from "./results.ts";
import type { PolicyRules } from "./rules.ts";

/** The calls and connections that one thread has now, and how many of its calls have ended. */
export interface ThreadStats {
  /** Calls that wait for a connection, and for which none is being opened. */
  queued: number;
  /** Calls that have a connection, or for which one is being opened. */
  active: number;
  /** Open connections that no call uses. */
  idle: number;
  /** Open connections that speak HTTP/2, in use or not. */
  http2: number;
  /** Calls that ended with a status. */
  completed: number;
  /** Calls that ended with an error. */
  failed: number;
  /** Only of a thread that shares its limits with other processes. */
  fleet?: FleetStats;
}

/** What the application decides once. The options of a call cannot change it. */
export interface HostOptions {
  /** What the application's own calls may reach. @default everything */
  policy?: PolicyRules | undefined;
  /** Trusted certificates, PEM. @default the system's bundle, or Node's if there is none; and NODE_EXTRA_CA_CERTS */
  ca?: StringLike | readonly StringLike[] | undefined;
  /** The environment in which `http_proxy`, `no_proxy` and similar variables are looked up. @default process.env */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Another build of the guest. @default the package's own http-background.wasm */
  wasm?: Uint8Array | undefined;
  /**
   * The fleet whose processes share `max_total` and `max_host`: what `redisFleet` of `http-background/fleet/redis`
   * returned. @default none, the limits are those of this process
   */
  fleet?: Fleet | undefined;
}

/** The plugin, loaded. */
export interface HttpBackground extends AsyncDisposable {
  /**
   * Does one HTTP request.
   *
   * @param id A thread of the configuration. Each thread has its own connections and limits.
   * @param url http or https. A text without a scheme is http.
   * @param post Files in it belong to the call, even if the call fails or throws: a stream that was not read to its end
   * is destroyed. A FileHandle stays open.
   * @param call What the original has not: a signal to end the call, a time limit in milliseconds, where the content
   * goes, whether it is decompressed, and who learns how far the call is.
   * @returns A status and the content, or an error. A transfer that fails does not throw.
   * @throws HttpBackgroundError for a mistake of the caller (BAD_ARGUMENT, BAD_OPTION, UNKNOWN_THREAD, CLOSED).
   */
  http_background(
    id: StringLike,
    url: StringLike | URL,
    options: CallOptions | ReadonlyMap<string, unknown> | undefined,
    post: Post | undefined,
    call: CallSettings & { stream: true },
  ): Promise<StreamedResult>;
  http_background(
    id: StringLike,
    url: StringLike | URL,
    options?: CallOptions | ReadonlyMap<string, unknown> | undefined,
    post?: Post | undefined,
    call?: (CallSettings & { stream?: false | undefined }) | undefined,
  ): Promise<Result>;
  /**
   * A `fetch` of the web platform whose requests are calls on one thread, with its connections, limits and policy. For
   * libraries that take a `fetch`.
   *
   * @param options For all its requests. Times and sizes are those of one request: a redirect is another one.
   * @throws HttpBackgroundError UNKNOWN_THREAD; BAD_ARGUMENT for an option that it does not take
   */
  fetch(id: string, options?: FetchOptions): typeof globalThis.fetch;
  stats(): Record<string, ThreadStats>;
  /** Refuses new calls, waits until the running calls have ended, then closes the connections. */
  close(): Promise<void>;
  /** Ends the running calls with ABORTED_BY_CALLBACK, then closes the connections. */
  destroy(): Promise<void>;
}
