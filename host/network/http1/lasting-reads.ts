import type { Duplex } from "node:stream";

type Done = (error?: Error | null) => void;

/** The methods of a stream that Writable calls to write. */
interface Writer {
  _write(chunk: unknown, encoding: BufferEncoding, done: Done): void;
  _writev?: ((chunks: unknown[], done: Done) => void) | null;
}

/**
 * The codes of a write that failed because the peer is gone. Everything that the peer sent before can still be read.
 */
const GONE: ReadonlySet<unknown> = new Set(["EPIPE", "ECONNRESET", "ECONNABORTED"]);

/**
 * Usually Node destroys a socket when a write fails. Then the answer of the peer is lost, which may say why the peer
 * closed the connection. With this, such a write never ends. So reading continues, up to the end or to an error.
 *
 * @param onGone called if a write failed because the peer is gone
 */
export function keepReading(socket: Duplex, onGone: (error: Error) => void): void {
  const writer = socket as unknown as Writer;
  const { _write: write, _writev: writev } = writer;
  // There is only one write at a time.
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
