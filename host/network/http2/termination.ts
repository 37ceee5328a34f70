import type { ClientHttp2Session } from "node:http2";
import type { Duplex } from "node:stream";

const FIRST_MS = 500;
const LONGEST_MS = 64_000;

/**
 * Notices that nghttp2 has given a session up. If the peer breaks the protocol, nghttp2 sends a GOAWAY, and then reads
 * and writes nothing any more. Older versions of Node are not told, so streams would wait as long as the peer likes.
 *
 * While streams hear nothing, it sends a PING now and then. It does not matter whether the peer answers: like libcurl,
 * a call waits for a silent peer until its timeout. But if the PING is not even written, the session is over.
 */
export class Termination {
  readonly #session: ClientHttp2Session;
  readonly #socket: Duplex & { readonly bytesWritten?: number };
  readonly #onTerminated: () => void;
  #timer: NodeJS.Timeout | undefined;
  #waitMs = FIRST_MS;
  #isHeard = false;
  /** Number of bytes that were written before the PING; -1 if there was none. */
  #written = -1;
  /** Number of bodies that are being sent. While there are some, it may be the peer that does not read. */
  uploads = 0;

  constructor(session: ClientHttp2Session, socket: Duplex, onTerminated: () => void) {
    this.#session = session;
    this.#socket = socket;
    this.#onTerminated = onTerminated;
  }

  /** Called when streams are running. */
  begin(): void {
    this.#isHeard = true;
    this.#waitMs = FIRST_MS;
    this.#timer ??= setTimeout(this.#look, FIRST_MS).unref();
  }

  /** Called when no streams are running, or the session is over. */
  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something came that nghttp2 has understood. */
  hear(): void {
    this.#isHeard = true;
  }

  readonly #look = (): void => {
    if (this.#session.destroyed) return;
    if (this.#isHeard) {
      this.#waitMs = FIRST_MS;
      this.#written = -1;
    } else if (this.#isStuck) {
      this.#onTerminated();
      return;
    } else {
      // Rarely: there are servers that count PINGs.
      this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_MS);
      this.#written = this.#socket.bytesWritten ?? 0;
      this.#session.ping(() => {});
    }
    this.#isHeard = false;
    this.#timer = setTimeout(this.#look, this.#waitMs).unref();
  };

  get #isStuck(): boolean {
    return this.uploads === 0 && this.#written === this.#socket.bytesWritten;
  }
}
