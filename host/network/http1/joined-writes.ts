import type { Duplex } from "node:stream";

/** More bytes than this are not copied. It is a record of TLS. */
const MOST_BYTES = 16_384;

/** What was written while the socket was corked. */
type Chunks = readonly { readonly chunk: Buffer | string; readonly encoding: BufferEncoding }[];
type OnWritten = (error?: Error | null) => void;

/**
 * Makes a socket write a head and its short body as one piece. Node would hand over a text and bytes separately, which
 * takes about as much CPU again, and over TLS it would make two records.
 */
export function joinWrites(socket: Duplex): void {
  const { _writev: writeSeparately, _write: write } = socket;
  if (writeSeparately === undefined) return;
  socket._writev = (chunks, onWritten) => {
    const joined = join(chunks);
    if (joined === null) writeSeparately.call(socket, chunks, onWritten);
    else write.call(socket, joined, "buffer" as BufferEncoding, onWritten as OnWritten);
  };
}

/** All of the bytes; null if they are too many, or a text is not in Latin-1, which is how undici writes heads. */
function join(chunks: Chunks): Buffer | null {
  let length = 0;
  for (const { chunk, encoding } of chunks) {
    if (typeof chunk === "string" && encoding !== "latin1") return null;
    length += chunk.length;
  }
  if (length > MOST_BYTES) return null;
  const joined = Buffer.allocUnsafe(length);
  let at = 0;
  for (const { chunk } of chunks) {
    if (typeof chunk === "string") joined.write(chunk, at, "latin1");
    else chunk.copy(joined, at);
    at += chunk.length;
  }
  return joined;
}
