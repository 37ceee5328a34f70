import type { KeyObject, X509Certificate } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Writable } from "node:stream";
import type { FileLike } from "./file.ts";

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

/** Options of a call that are not in a `Request`, and that are not meant for one origin. */
export type FetchOptions = Omit<
  CallOptions,
  "headers" | "method" | "redirects" | "encoder" | "username" | "password" | "aws_sigv4"
>;
