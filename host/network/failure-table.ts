import type { ErrorCode } from "../errors.ts";
import { TransferFailure } from "./failures.ts";

/** How far a transfer was when it failed. */
export type Phase = "resolving" | "connecting" | "tls" | "sending" | "waiting" | "receiving";

/** What a row looks at. A row without a field does not look at it. */
interface Row {
  phases?: readonly Phase[];
  /** Of the error: `code`, `syscall`, `name`, `message`. */
  code?: RegExp;
  syscall?: string;
  name?: string;
  message?: RegExp;
  result: ErrorCode;
}

const HEAD: readonly Phase[] = ["sending", "waiting"];

// X509_V_ERR_* as Node names them, and its own check of the name.
const CERTIFICATE =
  /^(?:ERR_TLS_CERT_ALTNAME_INVALID|.*SELF_SIGNED_CERT.*|UNABLE_TO_.*|CERT_.*|CRL_.*|ERROR_IN_.*|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$/;

// llhttp's reasons for a first line that is no status line of HTTP/1.x.
const STATUS_LINE =
  /\((?:Expected HTTP|Expected dot|Invalid HTTP version|Expected space after version|Invalid status code|Invalid response status)/;

/** From what Node and undici report to libcurl's symbol: the first row that fits holds. */
export const FAILURE_TABLE: readonly Row[] = [
  { phases: ["resolving"], result: "COULDNT_RESOLVE_HOST" },
  { phases: ["connecting"], code: /^(?:ENOTFOUND|EAI_.*)$/, result: "COULDNT_RESOLVE_HOST" },
  // The address is of another family than the one to bind to.
  { phases: ["connecting"], syscall: "bind", code: /^EINVAL$/, result: "COULDNT_CONNECT" },
  { phases: ["connecting"], syscall: "bind", result: "INTERFACE_FAILED" },
  { phases: ["connecting"], code: /^ETIMEDOUT$/, result: "OPERATION_TIMEDOUT" },
  { phases: ["connecting"], result: "COULDNT_CONNECT" },
  { phases: ["tls"], code: CERTIFICATE, result: "PEER_FAILED_VERIFICATION" },
  { phases: ["tls"], result: "SSL_CONNECT_ERROR" },

  // Closed between two requests, or before the first; what closed it comes as the cause.
  { code: /^ERR_CONNECTION_GONE$/, result: "GOT_NOTHING" },

  // What undici would not send: a gap in the checks before it.
  { code: /^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED)$/, result: "BAD_FUNCTION_ARGUMENT" },
  { code: /^UND_ERR_REQ_CONTENT_LENGTH_MISMATCH$/, result: "READ_ERROR" },
  { code: /^UND_ERR_HEADERS_OVERFLOW$/, result: "RECV_ERROR" },
  // Over TLS 1.3 the server's opinion of the client's certificate arrives after the handshake.
  { code: /^ERR_SSL_.*ALERT_CERTIFICATE_REQUIRED$/, result: "SEND_ERROR" },

  { phases: HEAD, name: "HTTPParserError", message: STATUS_LINE, result: "UNSUPPORTED_PROTOCOL" },
  { phases: HEAD, name: "HTTPParserError", result: "WEIRD_SERVER_REPLY" },
  { phases: HEAD, code: /^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/, result: "WEIRD_SERVER_REPLY" },
  { phases: HEAD, code: /^UND_ERR_SOCKET$/, message: /^bad /, result: "WEIRD_SERVER_REPLY" },
  { phases: HEAD, code: /^ERR_ASSERTION$/, result: "WEIRD_SERVER_REPLY" },
  { phases: HEAD, code: /^UND_ERR_SOCKET$/, result: "GOT_NOTHING" },

  { phases: ["receiving"], name: "HTTPParserError", message: /EOF/, result: "PARTIAL_FILE" },
  { phases: ["receiving"], code: /^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/, result: "PARTIAL_FILE" },
  { phases: ["receiving"], code: /^UND_ERR_SOCKET$/, result: "PARTIAL_FILE" },

  { syscall: "write", result: "SEND_ERROR" },
  { code: /^(?:EPIPE|ERR_STREAM_WRITE_AFTER_END|ERR_STREAM_DESTROYED)$/, result: "SEND_ERROR" },
  { result: "RECV_ERROR" },
];

/** What `error`, seen in `phase`, is to the caller. A TransferFailure is itself. */
export function toFailure(error: unknown, phase: Phase): TransferFailure {
  if (error instanceof TransferFailure) return error;
  const seen = describe(error);
  const row = FAILURE_TABLE.find((candidate) => fits(candidate, seen, phase));
  return new TransferFailure(row?.result ?? "RECV_ERROR", error);
}

function describe(error: unknown): Record<"code" | "syscall" | "name" | "message", string> {
  const { code, syscall, name, message } = Object(error) as Record<string, unknown>;
  return { code: String(code), syscall: String(syscall), name: String(name), message: String(message) };
}

function fits(row: Row, seen: ReturnType<typeof describe>, phase: Phase): boolean {
  return (
    (row.phases === undefined || row.phases.includes(phase)) &&
    (row.code === undefined || row.code.test(seen.code)) &&
    (row.syscall === undefined || row.syscall === seen.syscall) &&
    (row.name === undefined || row.name === seen.name) &&
    (row.message === undefined || row.message.test(seen.message))
  );
}
