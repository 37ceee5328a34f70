import type { ErrorCode } from "../../api/errors.ts";
import { TransferFailure } from "./failures.ts";

/** How far a transfer was when it failed: without a connection; with a request on its way; without, or with, a status. */
export type Phase = "connecting" | "sending" | "waiting" | "receiving";

/** What a row looks at: a field that it does not have may be anything. */
interface Row {
  phases?: readonly Phase[];
  code?: RegExp;
  syscall?: string;
  message?: RegExp;
  result: ErrorCode;
}

/** From what Node and undici report to libcurl's symbol: the first row that fits holds. */
export const FAILURE_TABLE: readonly Row[] = [
  // Whatever opens connections has said more precisely what it is, as a TransferFailure.
  { phases: ["connecting"], result: "COULDNT_CONNECT" },
  // What undici will not send: a gap in the checks before it.
  { code: /^UND_ERR_(?:INVALID_ARG|NOT_SUPPORTED)$/, result: "BAD_FUNCTION_ARGUMENT" },
  // The peer closed between two requests, or before the first.
  { code: /^ERR_CONNECTION_GONE$/, result: "GOT_NOTHING" },
  // Over TLS 1.3 a server's opinion of the client's certificate arrives after the handshake.
  { code: /^ERR_SSL_.*_CERTIFICATE_REQUIRED$/, result: "SEND_ERROR" },
  // The peer closed in good order: undici's words for a connection without and with `Connection: close`.
  { phases: ["sending", "waiting"], code: /^UND_ERR_SOCKET$/, result: "GOT_NOTHING" },
  { phases: ["receiving"], code: /^UND_ERR_SOCKET$/, result: "PARTIAL_FILE" },
  { phases: ["receiving"], code: /^UND_ERR_RES_CONTENT_LENGTH_MISMATCH$/, result: "PARTIAL_FILE" },
  { phases: ["receiving"], message: /\(Invalid EOF state\)$/, result: "PARTIAL_FILE" },
  { syscall: "write", result: "SEND_ERROR" },
  // A reset; chunks that are none.
  { result: "RECV_ERROR" },
];

/** What `error`, seen in `phase`, is to the caller. A TransferFailure is itself. */
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
