import type { Into } from "../api/calls.ts";
import { ContentError, TransferError } from "../api/errors.ts";
import type { Failed, Result, Streamed, StreamedResult } from "../api/results.ts";
import { textIn } from "../api/thrown.ts";
import type { Target } from "../into/target.ts";
import { targetOf } from "../into/targets.ts";
import { failedOutcome } from "../network/transfer/failures.ts";

const NOTHING = Buffer.alloc(0);

/**
 * Writes the content of a call into a target while it comes. The result has no content then.
 *
 * @param signal that of the call. It also ends what is left to write after the transfer
 */
export async function receiveInto(
  into: Into,
  calling: Promise<StreamedResult>,
  signal: AbortSignal | undefined,
): Promise<Result> {
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
  return write(result, target, signal);
}

/** The call was refused, so nothing is written. */
export function refuseInto(into: Into, error: unknown): void {
  void abandon(targetOf(into) as Target, error as Error);
}

async function write(result: Streamed, target: Target, signal: AbortSignal | undefined): Promise<Result> {
  const reader = result.content.getReader();
  const abort = new AbortWatch(signal);
  // While the target is slow, or stands still, the transfer may fail.
  const broken = new Promise<never>((_, reject) => {
    reader.closed.catch(reject);
    void abort.aborted.then(reject);
  });
  broken.catch(() => {});
  try {
    await Promise.race([target.open(), broken]);
    for (let next = await reader.read(); !next.done; next = await reader.read())
      await Promise.race([target.write(next.value), broken]);
    // Only the target knows whether it is too late to end this.
    void abort.aborted.then((error) => abandon(target, error));
    await target.finish();
    return Object.assign(result, { content: NOTHING });
  } catch (reason) {
    const error = abort.error ?? reason;
    reader.cancel().catch(() => {});
    await abandon(target, error as Error);
    return error instanceof ContentError
      ? failedWith(error, error.cause)
      : failedWith({ code: "WRITE_ERROR" }, error);
  } finally {
    abort.stop();
  }
}

/** Waits for the signal of a call. */
class AbortWatch {
  readonly aborted: Promise<ContentError>;
  error: ContentError | undefined;
  readonly #over = new AbortController();

  constructor(signal: AbortSignal | undefined) {
    this.aborted = new Promise((resolve) => {
      // A turn later: if the transfer is still going on, it says more.
      const onAbort = (): void => void setImmediate(() => resolve(this.#fail()));
      if (signal?.aborted) onAbort();
      else signal?.addEventListener("abort", onAbort, { once: true, signal: this.#over.signal });
    });
  }

  stop(): void {
    this.#over.abort();
  }

  #fail(): ContentError {
    const { code, error } = failedOutcome("ABORTED_BY_CALLBACK");
    this.error = new ContentError(code, error);
    return this.error;
  }
}

/** What fails now changes nothing: the call has failed already. */
async function abandon(target: Target, error: Error): Promise<void> {
  await target.abandon(error).catch(() => {});
}

function failedWith({ code }: Pick<ContentError, "code">, reason: unknown): Failed {
  const result: Failed = failedOutcome(code);
  return Object.defineProperty(result, "cause", {
    value: causeOf(reason, result.error),
    configurable: true,
    writable: true,
  });
}

/** @param sentence what is said of a reason that says nothing */
function causeOf(reason: unknown, sentence: string): TransferError | undefined {
  if (reason === undefined || reason instanceof TransferError) return reason;
  const details = {
    code: textIn(reason, "code"),
    syscall: textIn(reason, "syscall"),
    address: undefined,
    port: undefined,
    hop: 0,
    url: undefined,
    cause: reason,
  };
  const isPrimitive = Object(reason) !== reason;
  return new TransferError(isPrimitive ? String(reason) : (textIn(reason, "message") ?? sentence), details);
}
