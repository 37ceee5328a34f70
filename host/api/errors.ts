/**
 * Why a transfer failed: libcurl's symbol without `CURLE_`, and a few of our own. Stable, to match on.
 * The sentence that belongs to each is in `network/transfer/failures.ts`.
 */
export type ErrorCode =
  | "UNSUPPORTED_PROTOCOL"
  | "URL_MALFORMAT"
  | "NOT_BUILT_IN"
  | "COULDNT_RESOLVE_PROXY"
  | "COULDNT_RESOLVE_HOST"
  | "COULDNT_CONNECT"
  | "WEIRD_SERVER_REPLY"
  | "PARTIAL_FILE"
  | "UPLOAD_FAILED"
  | "READ_ERROR"
  | "OUT_OF_MEMORY"
  | "OPERATION_TIMEDOUT"
  | "SSL_CONNECT_ERROR"
  | "ABORTED_BY_CALLBACK"
  | "BAD_FUNCTION_ARGUMENT"
  | "INTERFACE_FAILED"
  | "TOO_MANY_REDIRECTS"
  | "GOT_NOTHING"
  | "SEND_ERROR"
  | "RECV_ERROR"
  | "SSL_CERTPROBLEM"
  | "PEER_FAILED_VERIFICATION"
  | "BAD_CONTENT_ENCODING"
  | "FILESIZE_EXCEEDED"
  | "SEND_FAIL_REWIND"
  | "SSL_CACERT_BADFILE"
  | "PROXY"
  /** Refused by the network policy. */
  | "DENIED";

/**
 * What is known of why a transfer failed, for people and logs: programs match on the result's `code`. `message` is what
 * the system, OpenSSL or the caller's own object said, and `cause` that error itself, where there is one.
 */
export class TransferError extends Error {
  override readonly name = "TransferError";
  /** The code of the system, of OpenSSL or of Node, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
  readonly code: string | undefined;
  /** The call of the system that failed, such as `connect`. */
  readonly syscall: string | undefined;
  /** The address of the peer, as far as there was one. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** 0 is the URL of the call, 1 the first redirect. */
  readonly hop: number;
  /** The URL of that request, less credentials and query; undefined if it is none. */
  readonly url: string | undefined;

  constructor(
    message: string,
    details: Pick<TransferError, "code" | "syscall" | "address" | "port" | "hop" | "url"> & {
      cause?: unknown;
    },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.syscall = details.syscall;
    this.address = details.address;
    this.port = details.port;
    this.hop = details.hop;
    this.url = details.url;
  }
}

/** libcurl's sentence for a code. It is never empty, so that `if (result.error)` tells one result from the other. */
export type ErrorSentence = `${string} ${string}`;

/** Why a call, a configuration or a script was refused or could not go on. Stable, to match on. */
export type MistakeCode =
  /** An argument of `http_background` has the wrong type. */
  | "BAD_ARGUMENT"
  /** An option has the wrong type; `option` names it. */
  | "BAD_OPTION"
  /** The first argument names no thread of the configuration. */
  | "UNKNOWN_THREAD"
  /** The configuration or a host option is wrong; `option` is the path of the key. */
  | "BAD_CONFIG"
  /** The call came after `close()` or `destroy()`. */
  | "CLOSED"
  /** The guest trapped, or ran out of its memory or its unwind area. The instance is gone, other calls are not touched. */
  | "GUEST_TRAPPED"
  /** The wasm module is not one that this host can run. */
  | "BAD_MODULE";

/**
 * A mistake of the caller, or a guest that trapped. Never a transfer that failed: that is a value.
 *
 * `message` is for people, and for arguments and options it is the original's exact text; match on `code`.
 */
export class HttpBackgroundError extends Error {
  override readonly name = "HttpBackgroundError";
  readonly code: MistakeCode;
  /** The option or configuration key at fault, where there is one. */
  readonly option: string | undefined;

  constructor(
    code: MistakeCode,
    message: string,
    details: { option?: string | undefined; cause?: unknown } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.option = details.option;
  }
}
