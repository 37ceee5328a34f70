import type { ErrorCode, ErrorSentence, TransferError } from "./errors.ts";
import type { ResponseHeaders } from "./response-headers.ts";

/** The result of a call: a response with any status, or the reason why there is no response. */
export type Result = Answered | Failed;

/** The server answered, with any status. */
export interface Answered {
  status: number;
  content: Buffer;
  /**
   * All headers of the response. It is not enumerable, as `url`: comparisons, copies and JSON show only `status` and
   * `content`. It is made when it is read for the first time.
   */
  readonly headers: ResponseHeaders;
  /** The URL that was asked last, after redirects, without credentials and fragment. It is not enumerable. */
  readonly url: string;
  error?: never;
  code?: never;
  cause?: never;
}

/** The transfer failed. */
export interface Failed {
  /** libcurl's sentence, for people. */
  error: ErrorSentence;
  /** For programs: codes do not change. */
  code: ErrorCode;
  /**
   * The reason, as far as it is known. It is not enumerable, so it does not appear in comparisons, copies and JSON. It
   * is undefined for DENIED, and if no transfer was tried.
   */
  cause?: TransferError | undefined;
  status?: never;
  content?: never;
  headers?: never;
  url?: never;
}

/** The result of a call with `stream: true`. */
export type StreamedResult = Streamed | Failed;

/** The server answered; the content is still coming. */
export interface Streamed extends Omit<Answered, "content"> {
  /** If the transfer fails now, the stream fails with a `ContentError`. */
  content: ReadableStream<Uint8Array>;
}
