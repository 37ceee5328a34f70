/**
 * Why a transfer failed: libcurl's symbol without `CURLE_`, or one of our own. For programs: a code never changes.
 * The sentence for each code is in `network/transfer/failures.ts`.
 */
export type ErrorCode =
  | "UNSUPPORTED_PROTOCOL"
  | "URL_MALFORMAT"
  | "NOT_BUILT_IN"
  | "COULDNT_RESOLVE_PROXY"
  | "COULDNT_RESOLVE_HOST"
  | "COULDNT_CONNECT"
  | "WEIRD_SERVER_REPLY"
  | "HTTP2"
  | "PARTIAL_FILE"
  | "UPLOAD_FAILED"
  | "WRITE_ERROR"
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
  | "HTTP2_STREAM"
  | "PROXY"
  /** The network policy refused the request. */
  | "DENIED"
  /** The rule that allows the request has a budget of requests, and it is used up. */
  | "REQUEST_BUDGET"
  /** The same for bytes. */
  | "BYTE_BUDGET"
  /** More requests in a second than the rule allows. */
  | "RATE_BUDGET"
  /** A function of the host that gives a header failed, or gave what is no value of a header. */
  | "SECRET_UNAVAILABLE"
  /** Such a function took too long. */
  | "SECRET_TIMEDOUT"
  /** The server of the fleet does not answer, and without it no connection may be opened. */
  | "FLEET_UNAVAILABLE";

/**
 * The reason why a transfer failed, as far as it is known. It is for people and logs; programs compare the result's
 * `code`. `message` comes from the system, from OpenSSL or from the caller's own object. `cause` is the original error,
 * if there was one.
 */
export class TransferError extends Error {
  override readonly name = "TransferError";
  /** The code of the system, of OpenSSL or of Node, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
  readonly code: string | undefined;
  /** The system call that failed, such as `connect`. */
  readonly syscall: string | undefined;
  /** The address of the peer, if there was one. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** The host or the proxy that could not be reached, or whose name has no address. */
  readonly host: string | undefined;
  /** The DNS servers that were asked, with commas between them; undefined if the lookup did not fail. */
  readonly server: string | undefined;
  /** Which request failed: 0 is the URL of the call, 1 is the first redirect. */
  readonly hop: number;
  /** The URL of that request, without credentials and query; undefined if it is not a valid URL. */
  readonly url: string | undefined;

  constructor(
    message: string,
    details: Pick<TransferError, "code" | "syscall" | "address" | "port" | "hop" | "url"> &
      Partial<Pick<TransferError, "host" | "server">> & { cause?: unknown },
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = details.code;
    this.syscall = details.syscall;
    this.address = details.address;
    this.port = details.port;
    this.host = details.host;
    this.server = details.server;
    this.hop = details.hop;
    this.url = details.url;
  }
}

/** Content that is read as a stream ended too early. The stream fails with it. */
export class ContentError extends Error {
  override readonly name = "ContentError";
  /** As the `code` of a result. */
  readonly code: ErrorCode;

  /** @internal */
  constructor(code: ErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** libcurl's sentence for a code. It is never empty, so `if (result.error)` finds out whether the transfer failed. */
export type ErrorSentence = `${string} ${string}`;

/** Why a call, a configuration or a script was refused or could not continue. Codes do not change. */
export type MistakeCode =
  /** An argument of `http_background` has the wrong type. */
  | "BAD_ARGUMENT"
  /** An option has the wrong type; `option` names it. */
  | "BAD_OPTION"
  /** The configuration has no thread with the id that the first argument gives. */
  | "UNKNOWN_THREAD"
  /** The configuration or a host option is wrong; `option` is the path of the key. */
  | "BAD_CONFIG"
  /** The call came after `close()` or `destroy()`. */
  | "CLOSED"
  /**
   * The guest trapped, or its memory or its unwind area was full. Its instance is gone. Other calls are not affected.
   */
  | "GUEST_TRAPPED"
  /** This host cannot run the wasm module. */
  | "BAD_MODULE";

/**
 * A mistake of the caller, or a guest that trapped. A transfer that failed is never thrown: it is a value.
 *
 * `message` is for people. For arguments and options it is the original's exact text. Programs compare `code`.
 */
export class HttpBackgroundError extends Error {
  override readonly name = "HttpBackgroundError";
  readonly code: MistakeCode;
  /** The wrong option or configuration key, if there is one. */
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
