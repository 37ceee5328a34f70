import type { KeyObject, X509Certificate } from "node:crypto";
import type { ErrorCode, ErrorSentence, TransferError } from "./errors.ts";
import type { FileLike } from "./file.ts";

/** Text is sent as UTF-8, bytes as they are: those that they are when the call is made, whatever becomes of them. */
export type StringLike = string | Uint8Array | ArrayBuffer;

/** Options of one call, in the original's spelling. Unknown ones are ignored, one of the wrong type throws. */
export interface CallOptions {
  /** Entries as curl takes them: `Name: value` is sent, `Name:` removes a default one, `Name;` sends an empty one. */
  headers?: readonly StringLike[] | undefined;
  /** Verb of the request. @default GET, or POST if there is something to post */
  method?: StringLike | undefined;
  /**
   * Whole seconds for the whole call, waiting for a connection and redirects included. A fraction is cut off: 0.5 is no
   * limit; see `CallSettings.timeoutMs`. @default 0, no limit
   */
  timeout?: number | undefined;
  /** Whole seconds to look up, connect and shake hands, for each connection. @default 300 */
  connect_timeout?: number | undefined;
  /** Most bytes of the response's body. @default 0, no limit */
  max_file_size?: number | undefined;
  /** Redirects that are followed; -1 is any number. @default 0 */
  redirects?: number | undefined;
  /** `base64` encodes a File that is posted, in lines of 64. */
  encoder?: StringLike | undefined;
  /** `scheme://[user:password@]host[:port]`; "" is none, whatever the environment says. */
  proxy?: StringLike | undefined;
  /** Address or interface that the connection comes from. */
  sourceip?: StringLike | undefined;
  username?: StringLike | undefined;
  password?: StringLike | undefined;
  /** `provider1[:provider2[:region[:service]]]`: signs with AWS Signature Version 4. */
  aws_sigv4?: StringLike | undefined;
  /** Whether the server's certificate must be trusted. @default true */
  tls_verify_peer?: boolean | undefined;
  /** Whether the server's certificate must be for the URL's host. @default true */
  tls_verify_host?: boolean | undefined;
  tls_client_cert?: ClientCertificate | undefined;
}

export interface ClientCertificate {
  x509: X509Certificate | StringLike;
  privatekey: KeyObject | StringLike;
  /** Certificates above `x509`, nearest first. */
  chain?: readonly (X509Certificate | StringLike)[] | undefined;
}

/** One part of a multipart post. */
export interface Part {
  data: StringLike | FileLike;
  /** Content-Type. @default by `filename`, else none */
  type?: StringLike | undefined;
  filename?: StringLike | undefined;
  /** Content-Transfer-Encoding: binary, 8bit, 7bit, base64, quoted-printable; others are ignored. */
  encoder?: StringLike | undefined;
}

/** Text or bytes, a File to stream, or the parts of a multipart form by their names. */
export type Post =
  | StringLike
  | FileLike
  | readonly Part[]
  | Readonly<Record<string, Part>>
  | ReadonlyMap<string | number, Part>;

/** What a call gives: a response whatever its status, or why there is none. */
export type Result = Answered | Failed;

/** The server answered, with any status. */
export interface Answered {
  status: number;
  content: Buffer;
  error?: never;
  code?: never;
  cause?: never;
}

/** The transfer failed. */
export interface Failed {
  /** libcurl's sentence, for people. */
  error: ErrorSentence;
  /** Stable, to match on. */
  code: ErrorCode;
  /**
   * What is known of why. Not enumerable: comparing, copying and printing the result leave it out. Undefined for DENIED,
   * and where there was no transfer.
   */
  cause?: TransferError | undefined;
  status?: never;
  content?: never;
}

/** What of one thread goes on now, and how many calls ended how. */
export interface ThreadStats {
  /** Calls that wait for a connection. */
  queued: number;
  /** Calls that have one. */
  active: number;
  /** Open connections that no call has. */
  idle: number;
  /** Calls that ended with a status. */
  completed: number;
  /** Calls that ended with an error. */
  failed: number;
}

/** Which origins and addresses may be reached; docs/policy.md has the grammar of the entries. */
export interface PolicyRules {
  /** `scheme://host[:port]` each. Absent: everything for an application, nothing for a script. */
  allow?: readonly string[] | undefined;
  /** Names, `*.name`, addresses, CIDR ranges, `private`. Wins over `allow`. */
  block?: readonly string[] | undefined;
  /**
   * Options that a call may use although they widen what it can do: `proxy`, `sourceip`, `tls_verify_peer` and
   * `tls_verify_host` (to switch them off), `tls_client_cert`. Absent: all for an application, none for a script.
   */
  options?: readonly string[] | undefined;
}

/** What the host application decides, and callers cannot. */
export interface HostOptions {
  /** What the application's own calls may reach. @default everything */
  policy?: PolicyRules | undefined;
  /** Certificates that are trusted, PEM. @default the system's bundle, else Node's; and those of NODE_EXTRA_CA_CERTS */
  ca?: StringLike | readonly StringLike[] | undefined;
  /** Where `http_proxy`, `no_proxy` and their like are looked up. @default process.env */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Another build of the guest. @default the package's own http-background.wasm */
  wasm?: Uint8Array | undefined;
}

/** What a caller says of one call beside its options. A name that is not here is refused. */
export interface CallSettings {
  /** Ends the call at once, in any phase, with the code ABORTED_BY_CALLBACK. */
  signal?: AbortSignal | undefined;
  /**
   * Milliseconds for the whole call, fractions allowed; the code is OPERATION_TIMEDOUT. With the option `timeout`, the
   * smaller of both holds. @default 0, no limit
   */
  timeoutMs?: number | undefined;
}

/** The plugin, loaded. */
export interface HttpBackground extends AsyncDisposable {
  /**
   * Does one HTTP request.
   *
   * @param id Thread of the configuration, which has connections and limits of its own.
   * @param url http or https; without a scheme it is http.
   * @param post Files in it belong to the call, whatever becomes of it: streams are destroyed if they are not read to
   * their end. A FileHandle stays open.
   * @param call A signal to end the call, and a time limit in milliseconds.
   * @returns A status and the content, or an error: a transfer that fails is not thrown.
   * @throws HttpBackgroundError for a mistake of the caller (BAD_ARGUMENT, BAD_OPTION, UNKNOWN_THREAD, CLOSED).
   */
  http_background(
    id: StringLike,
    url: StringLike,
    options?: CallOptions | ReadonlyMap<string, unknown> | undefined,
    post?: Post | undefined,
    call?: CallSettings | undefined,
  ): Promise<Result>;
  stats(): Record<string, ThreadStats>;
  /** Refuses new calls, lets those in flight finish, then closes the connections. */
  close(): Promise<void>;
  /** Ends those in flight with ABORTED_BY_CALLBACK, then closes. */
  destroy(): Promise<void>;
}
