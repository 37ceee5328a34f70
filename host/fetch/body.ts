import { isUint8Array } from "node:util/types";
import type { Post } from "../api/calls.ts";

/** The body of a request, as a post. */
export interface OutgoingBody {
  readonly post: Post;
  /** Number of bytes, if the post itself does not say it; -1 if it need not be said, or is not known. */
  readonly length: number;
  /** Whether it can be sent again after a redirect. */
  readonly isReplayable: boolean;
  /** Whether it is a form whose type is made with it. */
  readonly isForm: boolean;
  /** The request has failed, so nobody reads the rest. */
  cancel(reason: unknown): void;
}

/** Of a body in several pieces, so much is read first, if it is there at once: then its length is known. */
const MOST_AHEAD = 64 * 1024;

const PLAIN = { length: -1, isReplayable: true, isForm: false, cancel: () => {} };

/**
 * The body of a request; null if it has none.
 *
 * @param given what it was made of, if that is known. It can be sent again, if it is no stream.
 * @param signal that of the request. Its reason is also that of a stream which is cancelled.
 */
export async function bodyOf(
  request: Request,
  given: unknown,
  signal: AbortSignal | null,
): Promise<OutgoingBody | null> {
  if (request.body === null) return null;
  if (typeof given === "string") return { ...PLAIN, post: Buffer.from(given) };
  if (given instanceof URLSearchParams) return { ...PLAIN, post: given.toString() };
  if (given instanceof FormData) return { ...PLAIN, post: given, isForm: true };
  if (given instanceof Blob) return { ...PLAIN, post: given, length: given.size };
  if (ArrayBuffer.isView(given)) {
    const { buffer, byteOffset, byteLength } = given;
    return { ...PLAIN, post: Buffer.from(new Uint8Array(buffer, byteOffset, byteLength)) };
  }
  if (given instanceof ArrayBuffer) return { ...PLAIN, post: Buffer.from(new Uint8Array(given)) };
  const isOfStream = isStream(given);
  const body = await readAhead(request.body.getReader(), signal, isOfStream);
  // What a Request was made of is not known: a text that is there at once looks like a stream that is.
  return isOfStream ? { ...body, isReplayable: false } : body;
}

/** Whether what a body was made of is read piece by piece. Any other value that is not known here is sent as its text. */
function isStream(given: unknown): boolean {
  return Symbol.asyncIterator in Object(given);
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Reading = ReturnType<Reader["read"]>;

/**
 * A body that is there at once is sent with its length, if it is short, or one piece of a text or of bytes. Any other is
 * streamed, from the first byte that is not there yet.
 */
async function readAhead(
  reader: Reader,
  signal: AbortSignal | null,
  isOfStream: boolean,
): Promise<OutgoingBody> {
  const pieces: Uint8Array[] = [];
  // Whoever was to send it may not have begun to read.
  const cancel = cancelOf(reader);
  const rest = (first: readonly Uint8Array[], reading: Reading | null) =>
    restOf({ first, reading, reader, signal });
  for (let size = 0; size <= MOST_AHEAD || (pieces.length === 1 && !isOfStream); ) {
    const reading = reader.read();
    // If it fails, whoever sends it will learn of it.
    reading.catch(() => {});
    const result = await Promise.race([reading.catch(() => null), nextTurn()]);
    if (result === null) return { ...PLAIN, post: rest(pieces, reading), isReplayable: false, cancel };
    if (result.done) return { ...PLAIN, post: Buffer.concat(pieces) };
    pieces.push(bytesOf(result.value, cancel));
    size += result.value.length;
  }
  return { ...PLAIN, post: rest(pieces, null), isReplayable: false, cancel };
}

function cancelOf(reader: Reader): (reason: unknown) => void {
  return (reason) => void reader.cancel(reason).catch(() => {});
}

/** In a stream of the caller's there may be anything. @throws TypeError if it is no Uint8Array, as Fetch says */
function bytesOf(piece: unknown, cancel: (reason: unknown) => void): Uint8Array {
  if (isUint8Array(piece)) return piece;
  const error = new TypeError("fetch failed", {
    cause: new TypeError("a chunk of the body is no Uint8Array"),
  });
  cancel(error);
  throw error;
}

function nextTurn(): Promise<null> {
  return new Promise((resolve) => setImmediate(resolve, null));
}

interface Rest {
  readonly first: readonly Uint8Array[];
  readonly reading: Reading | null;
  readonly reader: Reader;
  readonly signal: AbortSignal | null;
}

async function* restOf({ first, reading, reader, signal }: Rest): AsyncGenerator<Uint8Array> {
  const cancel = cancelOf(reader);
  try {
    yield* first;
    for (let next = await (reading ?? reader.read()); !next.done; next = await reader.read())
      yield bytesOf(next.value, cancel);
  } finally {
    // After its end, this does nothing.
    cancel(signal?.reason);
  }
}
