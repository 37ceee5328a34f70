import type { ErrorCode } from "../../api/errors.ts";
import { TransferFailure } from "./failures.ts";

/**
 * How far a transfer was when it failed: it had no connection yet; it was sending the request; it was waiting for the
 * status; it had the status and was receiving the rest.
 */
export type Phase = "connecting" | "sending" | "waiting" | "receiving";

/** The conditions of a row. A condition that is not there is always true. */
interface Row {
  phases?: readonly Phase[];
  code?: RegExp;
  syscall?: string;
  message?: RegExp;
  result: ErrorCode;
}

/** Translates what Node and undici report to libcurl's symbol. The first row whose conditions are true decides. */
export const FAILURE_TABLE: readonly Row[] = [
  // Usually the code that opens connections throws a TransferFailure, which is more precise. This is for the rest.
  { phases: ["connecting"], result: "COULDNT_CONNECT" },
  // undici refuses to send this. Then our own checks before it have a gap.
  { code: /^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED)$/, result: "BAD_FUNCTION_ARGUMENT" },
  // The peer closed between two requests, or before the first.
  { code: /^ERR_CONNECTION_GONE$/, result: "GOT_NOTHING" },
  // With TLS 1.3 the client learns only after the handshake that the server refuses its certificate.
  { code: /^ERR_SSL_.*_CERTIFICATE_REQUIRED$/, result: "SEND_ERROR" },
  // The peer closed the connection without an error. undici reports this in several ways, depending on the response.
  { phases: ["sending", "waiting"], code: /^UND_ERR_SOCKET$/, result: "GOT_NOTHING" },
  { phases: ["receiving"], code: /^UND_ERR_SOCKET$/, result: "PARTIAL_FILE" },
  { phases: ["receiving"], code: /^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/, result: "PARTIAL_FILE" },
  { phases: ["receiving"], message: /\(Invalid EOF state\)$/, result: "PARTIAL_FILE" },
  { syscall: "write", result: "SEND_ERROR" },
  // The connection was reset, or a chunk is malformed.
  { result: "RECV_ERROR" },
];

/** Makes a TransferFailure of an `error` that came in `phase`. An error that is one already is returned as it is. */
export function toFailure(error: unknown, phase: Phase): TransferFailure {
  if (error instanceof TransferFailure) return error;
  const seen = describe(error);
  const row = FAILURE_TABLE.find((candidate) => fits(candidate, seen, phase));
  return new TransferFailure(row?.result ?? "RECV_ERROR", error);
}

function describe(error: unknown): Record<"code" | "syscall" | "message", string> {
  const { code, syscall, message } = Object(error) as Record<string, unknown>;
  return { code: String(code), syscall: String(syscall), message: String(message) };
}

function fits(row: Row, seen: ReturnType<typeof describe>, phase: Phase): boolean {
  return (
    (row.phases === undefined || row.phases.includes(phase)) &&
    (row.code === undefined || row.code.test(seen.code)) &&
    (row.syscall === undefined || row.syscall === seen.syscall) &&
    (row.message === undefined || row.message.test(seen.message))
  );
}
