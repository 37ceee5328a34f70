import type { ErrorCode, ErrorSentence, TransferError } from "../../api/errors.ts";

/** libcurl 8.5.0's sentence for each code (`curl_easy_strerror`). */
export const SENTENCES: Readonly<Record<ErrorCode, ErrorSentence>> = {
  UNSUPPORTED_PROTOCOL: "Unsupported protocol",
  URL_MALFORMAT: "URL using bad/illegal format or missing URL",
  NOT_BUILT_IN:
    "A requested feature, protocol or option was not found built-in in this libcurl due to a build-time decision.",
  COULDNT_RESOLVE_PROXY: "Couldn't resolve proxy name",
  COULDNT_RESOLVE_HOST: "Couldn't resolve host name",
  COULDNT_CONNECT: "Couldn't connect to server",
  WEIRD_SERVER_REPLY: "Weird server reply",
  HTTP2: "Error in the HTTP2 framing layer",
  PARTIAL_FILE: "Transferred a partial file",
  UPLOAD_FAILED: "Upload failed (at start/before it took off)",
  WRITE_ERROR: "Failed writing received data to disk/application",
  READ_ERROR: "Failed to open/read local data from file/application",
  OUT_OF_MEMORY: "Out of memory",
  OPERATION_TIMEDOUT: "Timeout was reached",
  SSL_CONNECT_ERROR: "SSL connect error",
  ABORTED_BY_CALLBACK: "Operation was aborted by an application callback",
  BAD_FUNCTION_ARGUMENT: "A libcurl function was given a bad argument",
  INTERFACE_FAILED: "Failed binding local connection end",
  TOO_MANY_REDIRECTS: "Number of redirects hit maximum amount",
  GOT_NOTHING: "Server returned nothing (no headers, no data)",
  SEND_ERROR: "Failed sending data to the peer",
  RECV_ERROR: "Failure when receiving data from the peer",
  SSL_CERTPROBLEM: "Problem with the local SSL certificate",
  PEER_FAILED_VERIFICATION: "SSL peer certificate or SSH remote key was not OK",
  BAD_CONTENT_ENCODING: "Unrecognized or bad HTTP Content or Transfer-Encoding",
  FILESIZE_EXCEEDED: "Maximum file size exceeded",
  SEND_FAIL_REWIND: "Send failed since rewinding of the data stream failed",
  SSL_CACERT_BADFILE: "Problem with the SSL CA cert (path? access rights?)",
  HTTP2_STREAM: "Stream error in the HTTP/2 framing layer",
  PROXY: "proxy handshake error",
  DENIED: "Request denied by policy",
  REQUEST_BUDGET: "Request budget of the rule is used up",
  BYTE_BUDGET: "Byte budget of the rule is used up",
  RATE_BUDGET: "Too many requests a second for the rule",
  SECRET_UNAVAILABLE: "No value for a header of the rule",
  SECRET_TIMEDOUT: "Timeout was reached for a header of the rule",
  FLEET_UNAVAILABLE: "The limits of the fleet are not known",
};

/**
 * The outcome of a transfer that ended with this code.
 *
 * @param explain Gives the reason, as far as it is known. It is called when somebody reads `cause`, which is not
 * enumerable.
 */
export function failedOutcome(code: ErrorCode, explain?: () => TransferError | undefined): FailedOutcome {
  const outcome: FailedOutcome = { error: SENTENCES[code], code };
  if (explain === undefined) return outcome;
  return Object.defineProperty(outcome, "cause", { get: explain, configurable: true });
}

export interface FailedOutcome {
  error: ErrorSentence;
  code: ErrorCode;
  cause?: TransferError | undefined;
  /** If it was a mistake of the caller, which is thrown. Nothing was sent. */
  mistake?: MistakenOption | undefined;
  /** If it is thrown to whoever made the transfer, and no result. */
  thrown?: unknown;
}

/** A mistake in an option that only the network could find. */
export interface MistakenOption {
  readonly option: string;
  readonly message: string;
}

/** A transfer that cannot continue. It is thrown inside `network` only, which turns it into `{ error, code }`. */
export class TransferFailure extends Error {
  override readonly name = "TransferFailure";
  readonly code: ErrorCode;
  /** The peer's address, if it is known and `cause` does not have it. */
  address: string | undefined;

  constructor(code: ErrorCode, cause?: unknown) {
    super(SENTENCES[code], cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** A transfer that is a mistake of its caller. */
export class CallerMistake extends TransferFailure {
  readonly mistake: MistakenOption;

  constructor(mistake: MistakenOption) {
    super("BAD_FUNCTION_ARGUMENT");
    this.mistake = mistake;
  }
}

/**
 * A transfer that has no outcome: what made it is wrong, so it is told by an exception. No connection ends so, but a
 * network that is not there does. `cause` is what is thrown.
 */
export class ThrownFailure extends TransferFailure {
  constructor(thrown: unknown) {
    super("ABORTED_BY_CALLBACK", thrown);
  }
}
