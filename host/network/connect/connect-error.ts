import { LookupError } from "../names/lookup-error.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { formatHost } from "../url/origin.ts";

/** The current step of an attempt, and the peer of this step. */
export interface Step {
  /** The start of a sentence, such as `TLS with` or `looking up`. */
  what: string;
  hostname: string;
  port: number;
  /** The address of the peer, if there is a connection. */
  address?: string | undefined;
}

/** Why a connection could not be made. The text is for the application and its logs. A script must not see it. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /**
   * The code that says most: why a certificate was refused (`CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`), the
   * code of the system (`ECONNREFUSED`, `ENOTFOUND`) or of OpenSSL (`ERR_SSL_…`); otherwise the code of the transfer's
   * failure.
   */
  readonly code: string;
  /** The system call that failed; undefined if it was not a system call. */
  readonly syscall: string | undefined;
  readonly host: string;
  readonly port: number;
  /** The address that was dialled; undefined if there was none yet. */
  readonly address: string | undefined;
  /** The DNS servers that were asked, with commas between them; undefined if it was not the lookup that failed. */
  readonly server: string | undefined;

  constructor({ what, hostname, port, address }: Step, failure: TransferFailure) {
    const root = rootOf(failure);
    const at = address === undefined || address === hostname ? "" : ` at ${address}`;
    super(`${what} ${formatHost({ hostname, port })}${at}: ${root.message}`, { cause: failure.cause });
    const { code, syscall, address: dialled } = root as NodeJS.ErrnoException & { address?: string };
    this.server = root instanceof LookupError ? root.server : undefined;
    this.code = code ?? failure.code;
    this.syscall = syscall;
    this.host = hostname;
    this.port = port;
    this.address = address ?? dialled;
  }
}

/**
 * Adds a cause to a failure, which says in which step it happened. A denial has its own cause already. A call that was
 * ended by its caller needs none.
 */
export function explain(failure: TransferFailure, step: Step): TransferFailure {
  const isTold = failure.code === "DENIED" || failure.code === "ABORTED_BY_CALLBACK";
  return isTold ? failure : new TransferFailure(failure.code, new ConnectError(step, failure));
}

/** The first error in the chain of causes. */
function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
