import type { ClientHttp2Session } from "node:http2";
import type { Duplex, Readable } from "node:stream";
import { STREAM_WINDOW } from "./limits.ts";
import { SessionError } from "./session-error.ts";

const FIRST_MS = 500;
const LONGEST_MS = 4000;
/** Between two looks, this much may come that is neither content nor a head, and more if much is sent. */
export const MOST_OVERHEAD = 1024 * 1024;
/** For this many bytes that are sent, one may come. WINDOW_UPDATEs are far fewer, answers to PINGs far more. */
const SENT_FOR_ONE = 16;
/** What a head or a piece of content may have around it. */
const AROUND = 128;

/** A socket, or a stream in its place. */
type WatchedSocket = Duplex & {
  readonly bytesRead?: number;
  readonly bytesWritten?: number;
  readonly _handle?: { readonly writeQueueSize?: number };
};

/**
 * Looks now and then at what came on a session, and ends it for one of two reasons.
 *
 * The peer floods it with frames that nobody needs, such as PINGs or empty DATA: node:http2 handles them in silence, and
 * they take the time of the application.
 *
 * Or nghttp2 has given the session up. If the peer breaks the protocol, nghttp2 sends a GOAWAY, and then reads and writes
 * nothing any more. Older versions of Node are not told, so streams would wait as long as the peer likes. While streams
 * hear nothing, a PING is sent, ever more rarely. It does not matter whether the peer answers: like libcurl, a call waits
 * for a silent peer until its timeout. But if the PING is not even written, the session is over.
 */
export class Watch {
  /** Number of streams that wait for something. */
  streams = 0;
  /** Number of bodies that are being sent. While there are some, it may be the peer that takes nothing. */
  uploads = 0;
  /** Streams whose content nobody wants for now. What came of it lies in them. */
  readonly #paused = new Set<Readable>();
  readonly #session: ClientHttp2Session;
  readonly #socket: WatchedSocket;
  readonly #end: (error: Error) => void;
  #timer: NodeJS.Timeout;
  #waitMs = FIRST_MS;
  /** Bytes that lay in paused streams at the last look. */
  #unread = 0;
  /** Bytes of heads and content since the last look, with what may be around them. */
  #heard = 0;
  /** Bytes of streams that nobody reads any more, which may still be on their way. */
  #onTheWay = 0;
  /** Number of looks since something was heard. */
  #silent = 0;
  /** What the socket had read and written at the last look. */
  #read = 0;
  #written = 0;
  #hasPinged = false;

  constructor(session: ClientHttp2Session, socket: WatchedSocket, end: (error: Error) => void) {
    this.#session = session;
    this.#socket = socket;
    this.#end = end;
    this.#timer = setTimeout(this.#look, FIRST_MS).unref();
  }

  /** Number of bytes that came so far. */
  get received(): number {
    return this.#socket.bytesRead ?? 0;
  }

  /** A head or a piece of content of this size came. */
  hear(bytes: number): void {
    this.#heard += bytes + AROUND;
  }

  /** What comes of this stream is not heard until it goes on. */
  pause(stream: Readable): void {
    this.#paused.add(stream);
  }

  /** A stream goes on, or is over. */
  resume(stream: Readable, isOver = false): void {
    if (this.#paused.delete(stream) && isOver) this.hear(stream.readableLength);
  }

  /** A stream is over before its end. The peer does not know it yet, and may have sent all that its window allows. */
  lose(): void {
    this.#onTheWay += STREAM_WINDOW;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  readonly #look = (): void => {
    const { bytesWritten = 0 } = this.#socket;
    const came = this.received - this.#read;
    const sent = bytesWritten - this.#written;
    const unread = this.#countUnread();
    const overhead = Math.max(0, came - this.#heard - (unread - this.#unread));
    if (overhead > MOST_OVERHEAD + sent / SENT_FOR_ONE + this.#onTheWay) {
      this.#end(new SessionError("ERR_HTTP2_FLOOD"));
      return;
    }
    if (this.#hasPinged && sent === 0 && this.#heard === 0 && (this.uploads === 0 || this.#isAllWritten)) {
      this.#end(new SessionError("ERR_HTTP2_TERMINATED"));
      return;
    }
    this.#silent = this.#heard > 0 || this.streams === 0 ? 0 : this.#silent + 1;
    this.#waitMs = came > 0 ? FIRST_MS : Math.min(2 * this.#waitMs, LONGEST_MS);
    this.#read += came;
    this.#unread = unread;
    this.#written = bytesWritten;
    this.#heard = 0;
    this.#onTheWay = Math.max(0, this.#onTheWay - overhead);
    // Rarely: there are servers that count PINGs.
    this.#hasPinged = isPowerOfTwo(this.#silent);
    if (this.#hasPinged) this.#session.ping(() => {});
    this.#timer = setTimeout(this.#look, this.#waitMs).unref();
  };

  /**
   * Whether the system has taken everything, so that it is not the peer that does not read. node:http2 writes to the
   * handle of the socket, so only the handle knows.
   */
  get #isAllWritten(): boolean {
    return this.#socket._handle?.writeQueueSize === 0;
  }

  #countUnread(): number {
    let unread = 0;
    for (const { readableLength } of this.#paused) unread += readableLength;
    return unread;
  }
}

function isPowerOfTwo(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0;
}
