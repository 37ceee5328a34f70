import type { Duplex } from "node:stream";

type Done = (error?: Error | null) => void;

/** What a Writable calls of a stream. */
interface Writer {
  _write(chunk: unknown, encoding: BufferEncoding, done: Done): void;
  _writev?: ((chunks: unknown[], done: Done) => void) | null;
}

/** What a write fails with when the peer is gone. The end of what it sent before that is certain to be read. */
const GONE: ReadonlySet<unknown> = new Set(["EPIPE", "ECONNRESET", "ECONNABORTED"]);

/**
 * A write that fails destroys a socket of Node's, and with it what the peer had sent: the answer that says why it went
 * away. With this the write never ends, and reading goes on, up to the end or the error that is there to be read.
 *
 * @param onGone told of a write that failed because the peer is gone
 */
export function keepReading(socket: Duplex, onGone: (error: Error) => void): void {
  const writer = socket as unknown as Writer;
  const { _write: write, _writev: writev } = writer;
  // One write at a time is on its way.
  let done: Done;
  const finish: Done = (error) => {
    if (error && "code" in error && GONE.has(error.code)) onGone(error);
    else done(error);
  };
  writer._write = (chunk, encoding, next) => {
    done = next;
    write.call(writer, chunk, encoding, finish);
  };
  if (typeof writev !== "function") return;
  writer._writev = (chunks, next) => {
    done = next;
    writev.call(writer, chunks, finish);
  };
}
