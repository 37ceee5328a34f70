import type { KeyObject, X509Certificate } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { ErrorCode, ErrorSentence, TransferError } from "./errors.ts";
import type { FileLike } from "./file.ts";
import type { Fleet, FleetStats } from "./fleet.ts";
import type { ResponseHeaders } from "./response-headers.ts";

/** Text is sent as UTF-8. Bytes are sent as they are at the time of the call: the caller may change them afterwards. */
export type StringLike = string | Uint8Array | ArrayBuffer;

/** Options of one call, with the original's names. An unknown option is ignored. An option of the wrong type throws. */
export interface CallOptions {
  /**
   * Lines as in curl: `Name: value` sends a header, `Name:` removes a default header, `Name;` sends an empty header.
   */
  headers?: readonly StringLike[] | undefined;
  /** Method of the request. @default GET, or POST if there is something to post */
  method?: StringLike | undefined;
  /**
   * Whole seconds for the whole call, including the wait for a connection and the redirects. A fraction is cut off, so
   * 0.5 means 0: no limit. For fractions use `CallSettings.timeoutMs`. @default 0, no limit
   */
  timeout?: number | undefined;
  /** Whole seconds for the lookup, the connection and the handshake, for each connection. @default 300 */
  connect_timeout?: number | undefined;
  /** Maximum number of bytes of the response's body. @default 0, no limit */
  max_file_size?: number | undefined;
  /** Maximum number of redirects that are followed; -1 means no limit. @default 0 */
  redirects?: number | undefined;
  /** `base64` encodes a File that is posted, in lines of 64 characters. */
  encoder?: StringLike | undefined;
  /** `scheme://[user:password@]host[:port]`. "" means no proxy, even if the environment names one. */
  proxy?: StringLike | undefined;
  /** The local address or network interface of the connection. */
  sourceip?: StringLike | undefined;
  username?: StringLike | undefined;
  password?: StringLike | undefined;
  /** `provider1[:provider2[:region[:service]]]`: signs the request with AWS Signature Version 4. */
  aws_sigv4?: StringLike | undefined;
  /** Whether the server's certificate must be trusted. @default true */
  tls_verify_peer?: boolean | undefined;
  /** Whether the server's certificate must be for the URL's host. @default true */
  tls_verify_host?: boolean | undefined;
  tls_client_cert?: ClientCertificate | undefined;
  /**
   * The highest version of HTTP over TLS: `1.1`, or `2` if the server chooses it. Another value ends the call as
   * BAD_FUNCTION_ARGUMENT. @default that of the thread
   */
  http_version?: StringLike | undefined;
}

export interface ClientCertificate {
  x509: X509Certificate | StringLike;
  privatekey: KeyObject | StringLike;
  /** The certificates of the authorities above `x509`. The one that signed `x509` comes first. */
  chain?: readonly (X509Certificate | StringLike)[] | undefined;
}

/** One part of a multipart post. */
export interface Part {
  data: StringLike | FileLike;
  /** Content-Type. @default it follows from `filename`; without `filename` there is none */
  type?: StringLike | undefined;
  filename?: StringLike | undefined;
  /** Content-Transfer-Encoding: binary, 8bit, 7bit, base64 or quoted-printable. Any other value is ignored. */
  encoder?: StringLike | undefined;
}

/**
 * Text or bytes; or a File, which is streamed; or the parts of a multipart form, with their names as keys; or a form of
 * the web platform, which is sent as browsers send it.
 */
export type Post =
  | StringLike
  | URLSearchParams
  | FormData
  | FileLike
  | readonly Part[]
  | Readonly<Record<string, Part>>
  | ReadonlyMap<string | number, Part>;

/** The result of a call: a response with any status, or the reason why there is no response. */
export type Result = Answered | Failed;

/** The server answered, with any status. */
export interface Answered {
  status: number;
  content: Buffer;
  /**
   * All headers of the response. It is not enumerable, as `url`: comparisons, copies and JSON show only `status` and
   * `content`. It is made when it is read for the first time.
   */
  readonly headers: ResponseHeaders;
  /** The URL that was asked last, after redirects, without credentials and fragment. It is not enumerable. */
  readonly url: string;
  error?: never;
  code?: never;
  cause?: never;
}

/** The transfer failed. */
export interface Failed {
  /** libcurl's sentence, for people. */
  error: ErrorSentence;
  /** For programs: codes do not change. */
  code: ErrorCode;
  /**
   * The reason, as far as it is known. It is not enumerable, so it does not appear in comparisons, copies and JSON. It
   * is undefined for DENIED, and if no transfer was tried.
   */
  cause?: TransferError | undefined;
  status?: never;
  content?: never;
  headers?: never;
  url?: never;
}

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

/** What is allowed at an origin. docs/policy.md says what the members mean. */
export interface AllowRule {
  /** `scheme://host[:port]`, as in an entry that is text. */
  readonly origin: string;
  /** The methods that are allowed, such as `GET`. @default every method */
  readonly methods?: readonly string[] | undefined;
  /** The paths that are allowed, such as `/v1/users`, or `/v1/*` for all that is below `/v1`. @default every path */
  readonly paths?: readonly string[] | undefined;
  /**
   * Headers that the host puts in: values, or functions that give them. Whoever makes the call never sees them, and may
   * not set them. docs/policy.md says where they are sent.
   */
  readonly headers?: Readonly<Record<string, string | HeaderFunction>> | undefined;
  /** Seconds that a function of `headers` may take. Codes SECRET_TIMEDOUT, SECRET_UNAVAILABLE. @default 10 */
  readonly headersTimeout?: number | undefined;
  /** Credentials that the host puts in, for Basic authentication or for a signature. The caller never sees them. */
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** As the option of a call: signs with `username` and `password`. */
  readonly aws_sigv4?: string | undefined;
  /** A certificate that the host shows. The caller cannot use it elsewhere. */
  readonly tls_client_cert?: ClientCertificate | undefined;
  /** Is asked about each request before anything is looked up. The request is denied unless it gives true. */
  readonly decide?: DecideFunction | undefined;
  /** Seconds that `decide` may take; then the request is denied. @default 60 */
  readonly decideTimeout?: number | undefined;
  /**
   * How many questions to `decide` may be open at the same time for one tenant; without tenants, for one script, or for
   * the application. More requests are denied. @default 100
   */
  readonly decideAtOnce?: number | undefined;
  /** Whether the time of `decide` counts for the time limits of the call and the run. @default true */
  readonly decideCountsTime?: boolean | undefined;
  /** How much the rule allows: to each run of a script, and to all calls together. @default as much as they like */
  readonly budget?:
    | { readonly run?: RuleBudget | undefined; readonly all?: RuleBudget | undefined }
    | undefined;
  /**
   * Whether the server may get `traceparent`, with which `http-background/otel` continues the host's trace there.
   * @default true for calls of the application; false for scripts
   */
  readonly trace?: boolean | undefined;
}

/** A budget of a rule. Each part that is left out has no limit. */
export interface RuleBudget {
  /** Code REQUEST_BUDGET. A redirect is another request. */
  readonly requests?: number | undefined;
  /** Bytes of bodies and contents together. Code BYTE_BUDGET. */
  readonly bytes?: number | undefined;
  /** The requests of one second may come at once. Code RATE_BUDGET. */
  readonly requestsPerSecond?: number | undefined;
}

/** A request as functions of a rule see it. It is frozen, and has no credentials of anybody. */
export interface RuleRequest {
  readonly method: string;
  /** The whole URL, without a user and a fragment. */
  readonly url: string;
  /**
   * The lines of the caller's headers, without Authorization, Cookie and Proxy-Authorization. A Host is there only if the
   * caller set one.
   */
  readonly headers: readonly string[];
  /** Length of the body; null if it is not known. */
  readonly bytes: number | null;
  /** 0 is the URL of the call, 1 is the first redirect. */
  readonly hop: number;
  readonly thread: string;
  /** The number of the run; null for a call of the application. */
  readonly run: number | null;
  /** What the application gave to the run; null if it gave nothing. */
  readonly tenant: string | null;
}

/** A request that a script asks for. */
export interface ScriptRequest {
  /** In the form of an entry of `allow`. */
  readonly origin: string;
  readonly method: string;
  /** The path as it is sent, without the query; null if no rule with paths can allow it. */
  readonly path: string | null;
}

/** Gives the value of a header. `signal` aborts when the value is not wanted any more. */
export type HeaderFunction = (request: RuleRequest, signal: AbortSignal) => string | PromiseLike<string>;

/** Allows a request with `true`, and with nothing else. `signal` aborts when the answer is not wanted any more. */
export type DecideFunction = (request: RuleRequest, signal: AbortSignal) => boolean | PromiseLike<boolean>;

/** Which origins and addresses may be reached; docs/policy.md has the grammar of the entries. */
export interface PolicyRules {
  /**
   * Entries `scheme://host[:port]`, or rules. Without it, an application may reach everything, and a script nothing.
   */
  allow?: readonly (string | AllowRule)[] | undefined;
  /**
   * Entries: names, `*.name`, addresses, CIDR ranges, `private`. What is in `block` is refused, even if `allow` has it.
   */
  block?: readonly string[] | undefined;
  /**
   * The options that a call may use although they widen what it can do: `proxy`, `sourceip`, `tls_client_cert`, and
   * `tls_verify_peer` and `tls_verify_host` (to switch them off). Without it, an application may use all, a script
   * none.
   */
  options?: readonly string[] | undefined;
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

/** Settings of one call that are not options of the original. An unknown name is refused. */
export interface CallSettings {
  /** If it aborts, the call ends at once, in any phase, with the code ABORTED_BY_CALLBACK. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole call; fractions are allowed. After that time the call fails with OPERATION_TIMEDOUT. If
   * the option `timeout` is set too, the smaller of the two is used. @default 0, no limit
   */
  timeoutMs?: number | undefined;
  /**
   * The result is there as soon as the head of the response is, and its `content` is a stream. Nothing is read ahead of
   * the reader but 64 KiB and what is under way. Read it to its end, or cancel it: the call holds a connection until
   * then. @default false
   */
  stream?: boolean | undefined;
  /** The content is written there while it comes, and the `content` of the result is empty. Not with `stream`. */
  into?: Into | undefined;
  /**
   * Asks the server for compressed content, and takes the compression off: gzip, deflate, br, and zstd from Node 22.15
   * on. `max_file_size` is the length without it then. Content that is damaged or cut off, or whose coding is not
   * known, ends the call as BAD_CONTENT_ENCODING. @default false
   */
  decompress?: boolean | undefined;
  /**
   * Is told how far the call is, every 100 ms while something goes on, and at its end. It is not awaited. If it fails,
   * the call goes on, and Node warns of it.
   */
  onProgress?: ((progress: Progress) => unknown) | undefined;
}

/** How far a call is, in bytes. A redirect, and a request that is sent again, begin at 0. */
export interface Progress {
  /** So much of the body was given to the connection. */
  readonly sent: number;
  /** Length of the body; null if it is not known. */
  readonly sending: number | null;
  /** So much content has come, as it was sent by the server: compressed, if it is. */
  readonly received: number;
  /** The announced length of the content; null if it is not known, or not yet. */
  readonly receiving: number | null;
}

/**
 * Where content is written while it comes: a path, a FileHandle (from its position; it stays open), a Writable or a web
 * stream (which is ended, or destroyed if the call fails).
 */
export type Into = string | URL | FileHandle | Writable | WritableStream<Uint8Array>;

/** The result of a call with `stream: true`. */
export type StreamedResult = Streamed | Failed;

/** The server answered; the content is still coming. */
export interface Streamed extends Omit<Answered, "content"> {
  /** If the transfer fails now, the stream fails with a `ContentError`. */
  content: ReadableStream<Uint8Array>;
}

/** Options of a call that are not in a `Request`, and that are not meant for one origin. */
export type FetchOptions = Omit<
  CallOptions,
  "headers" | "method" | "redirects" | "encoder" | "username" | "password" | "aws_sigv4"
>;

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
