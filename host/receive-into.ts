import { ContentError, TransferError } from "./api/errors.ts";
import type { Failed, Into, Result, Streamed, StreamedResult } from "./api/types.ts";
import type { Target } from "./into/target.ts";
import { targetOf } from "./into/targets.ts";
import { failedOutcome } from "./network/transfer/failures.ts";

const NOTHING = Buffer.alloc(0);

/** Writes the content of a call into a target while it comes. The result has no content then. */
export async function receiveInto(into: Into, calling: Promise<StreamedResult>): Promise<Result> {
  const target = targetOf(into) as Target;
  let result: StreamedResult;
  try {
    result = await calling;
  } catch (error) {
    await abandon(target, error as Error);
    throw error;
  }
  if (result.code !== undefined) {
    await abandon(target, new ContentError(result.code, result.error, result.cause));
    return result;
  }
  return write(result, target);
}

/** The call was refused, so nothing is written. */
export function refuseInto(into: Into, error: unknown): void {
  void abandon(targetOf(into) as Target, error as Error);
}

async function write(result: Streamed, target: Target): Promise<Result> {
  const reader = result.content.getReader();
  // While the target is slow, or stands still, the transfer may fail.
  const broken = new Promise<never>((_, reject) => reader.closed.catch(reject));
  broken.catch(() => {});
  try {
    await Promise.race([target.open(), broken]);
    for (let next = await reader.read(); !next.done; next = await reader.read())
      await Promise.race([target.write(next.value), broken]);
    await target.finish();
    return Object.assign(result, { content: NOTHING });
  } catch (error) {
    reader.cancel().catch(() => {});
    await abandon(target, error as Error);
    return error instanceof ContentError
      ? failedWith(error, error.cause)
      : failedWith({ code: "WRITE_ERROR" }, error);
  }
}

/** What fails now changes nothing: the call has failed already. */
async function abandon(target: Target, error: Error): Promise<void> {
  await target.abandon(error).catch(() => {});
}

function failedWith({ code }: Pick<ContentError, "code">, reason: unknown): Failed {
  const result: Failed = failedOutcome(code);
  return Object.defineProperty(result, "cause", {
    value: causeOf(reason),
    configurable: true,
    writable: true,
  });
}

function causeOf(reason: unknown): TransferError | undefined {
  if (reason === undefined || reason instanceof TransferError) return reason;
  const { message, code, syscall } = Object(reason) as Partial<NodeJS.ErrnoException>;
  const details = {
    code,
    syscall,
    address: undefined,
    port: undefined,
    hop: 0,
    url: undefined,
    cause: reason,
  };
  return new TransferError(String(message ?? reason), details);
}
