import { HttpBackgroundError } from "../../../host/api/errors.ts";
import { TransferFailure } from "../../../host/network/transfer/failures.ts";

/** The code of a failed transfer. */
export function failureCode(error: unknown): string | undefined {
  return error instanceof TransferFailure ? error.code : undefined;
}

/** The code of a mistake. */
export function mistakeCode(error: unknown): string | undefined {
  return error instanceof HttpBackgroundError ? error.code : undefined;
}
