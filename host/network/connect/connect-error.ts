import { TransferFailure } from "../transfer/failures.ts";
import { formatHost } from "../url/origin.ts";

/** What an attempt is at: the step, and with whom. */
export interface Step {
  /** As it begins a sentence: `TLS with`, `looking up`. */
  what: string;
  hostname: string;
  port: number;
  /** Where a connection stands: the address it goes to. */
  address?: string | undefined;
}

/** Why a connection could not be made, in words that are for the application and its logs, and for no script. */
export class ConnectError extends Error {
  override readonly name = "ConnectError";
  /**
   * What says most: of a certificate why it was refused (`CERT_HAS_EXPIRED`, `ERR_TLS_CERT_ALTNAME_INVALID`), of the system
   * its code (`ECONNREFUSED`, `ENOTFOUND`), of OpenSSL its own (`ERR_SSL_…`); else the code of the transfer's failure.
   */
  readonly code: string;
  /** The system's call that failed; undefined where it was none. */
  readonly syscall: string | undefined;
  readonly host: string;
  readonly port: number;
  /** The address that was dialled; undefined before there was one. */
  readonly address: string | undefined;

  constructor({ what, hostname, port, address }: Step, failure: TransferFailure) {
    const root = rootOf(failure);
    const at = address === undefined || address === hostname ? "" : ` at ${address}`;
    super(`${what} ${formatHost({ hostname, port })}${at}: ${root.message}`, { cause: failure.cause });
    const { code, syscall, address: dialled } = root as NodeJS.ErrnoException & { address?: string };
    this.code = code ?? failure.code;
    this.syscall = syscall;
    this.host = hostname;
    this.port = port;
    this.address = address ?? dialled;
  }
}

/** A failure whose cause says where it came from. A denial has a cause of its own, and whoever ended the call knows why. */
export function explain(failure: TransferFailure, step: Step): TransferFailure {
  const isTold = failure.code === "DENIED" || failure.code === "ABORTED_BY_CALLBACK";
  return isTold ? failure : new TransferFailure(failure.code, new ConnectError(step, failure));
}

/** The first of the errors that led to this one. */
function rootOf(error: Error): Error {
  return error.cause instanceof Error ? rootOf(error.cause) : error;
}
