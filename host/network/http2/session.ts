import { type ClientHttp2Session, type ClientHttp2Stream, connect, type Settings } from "node:http2";
import type { Duplex } from "node:stream";
import { targetAddress } from "../connect/target-address.ts";
import { type ConnectionOwner, MOST_STREAMS } from "../exchange/exchange.ts";
import type { Destination } from "../route/destination.ts";
import * as limits from "./limits.ts";
import { forNode, type RequestFields } from "./request-fields.ts";
import { SessionError } from "./session-error.ts";
import { Watch } from "./watch.ts";

// The settings of node:http2. Its types lack those of newer versions, and older versions ignore them.
const OPTIONS = {
  settings: {
    enablePush: false,
    initialWindowSize: limits.STREAM_WINDOW,
    maxHeaderListSize: limits.LARGEST_HEADER_LIST,
  },
  peerMaxConcurrentStreams: MOST_STREAMS,
  maxHeaderListPairs: limits.MOST_HEADERS,
  maxSessionMemory: limits.SESSION_MEMORY,
  maxSendHeaderBlockLength: limits.LARGEST_REQUEST_BLOCK,
  // As in libcurl: blanks around a value are no error, and a header may be sent twice.
  strictFieldWhitespaceValidation: false,
  strictSingleValueFields: false,
};

/** Every request has its own authority. This one is never seen. */
const NOWHERE = "https://unnamed.invalid";

/** One session of node:http2 on a socket of ours: what it allows, and when it must end. */
export class Session {
  readonly target: string | null;
  /** Whether the socket is closed, or cannot be used any more. */
  isGone = false;
  /** Requests with a higher number were not and will not be processed by the peer. */
  lastProcessed = Number.POSITIVE_INFINITY;
  /** Number of streams that were ever begun. */
  begun = 0;
  readonly #socket: Duplex;
  readonly #session: ClientHttp2Session;
  readonly #owner: ConnectionOwner;
  readonly #idleTimer: NodeJS.Timeout;
  readonly #watch: Watch;
  #closeTimer: NodeJS.Timeout | undefined;
  /** Number of exchanges that are not over. */
  #running = 0;
  /** How many the peer allows; null before it has said so. */
  #allowed: number | null = null;
  #isRetired = false;
  #aborts = 0;
  #settings = 0;
  #origins = 0;

  /** @param socket ready, including TLS and all proxies; HTTP/2 was agreed on */
  constructor(destination: Destination, socket: Duplex, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#owner = owner;
    this.target = targetAddress(socket, destination.proxy === null);
    socket.on("error", () => {});
    if (socket.closed) setImmediate(this.#onClosed);
    // Before the session's own listener, which ends all streams.
    else socket.once("close", this.#onClosed);
    // Node makes a URL of it when a server says that it is the wrong one, and not every name fits into a URL.
    Object.assign(socket, { servername: false });
    this.#session = connect(NOWHERE, { ...OPTIONS, createConnection: () => socket });
    this.#session
      .on("error", () => {})
      .on("connect", this.#onConnect)
      .on("remoteSettings", this.#onSettings)
      .on("goaway", this.#onGoaway)
      .on("origin", this.#onOrigin);
    this.#watch = new Watch(this.#session, socket, (error) => this.destroy(error));
    this.#idleTimer = setTimeout(this.#onIdle, limits.IDLE_MS).unref();
  }

  /** Whether the peer has not said yet how many streams it allows. It must say so first. */
  get isSettling(): boolean {
    return this.#allowed === null && this.isOpen;
  }

  get isOpen(): boolean {
    return !(this.#isRetired || this.isGone || this.#session.closed || this.#session.destroyed);
  }

  /** Before the peer has said how many streams it allows, it gets one. It would refuse those that are too many. */
  get capacity(): number {
    return this.isOpen ? Math.min(MOST_STREAMS, this.#allowed ?? 1) : 0;
  }

  /** Number of bytes that came so far. */
  get received(): number {
    return this.#watch.received;
  }

  /** Begins a stream. Throws if Node refuses to. */
  begin(fields: RequestFields, endStream: boolean): ClientHttp2Stream {
    // Node would add what is missing to each request, one by one, which takes longer than the rest of its options.
    const options = { endStream, parent: 0, exclusive: false, silent: false };
    const stream = this.#session.request(forNode(fields), options);
    this.begun++;
    this.#watch.streams++;
    if (this.#running++ === 0) this.#session.ref();
    return stream;
  }

  /** Counts the bodies that are being sent. */
  countUpload(change: 1 | -1): void {
    this.#watch.uploads += change;
  }

  /** Stops or goes on reading the content of a stream. */
  setPaused(stream: ClientHttp2Stream, isPaused: boolean): void {
    if (isPaused) {
      this.#watch.pause(stream.pause());
    } else {
      this.#watch.resume(stream);
      stream.resume();
    }
  }

  /** Nothing more is read of a stream. */
  forget(stream: ClientHttp2Stream): void {
    this.#watch.resume(stream, true);
    if (!stream.readableEnded) this.#watch.lose();
  }

  /** So many bytes of a head or of content have come. */
  hear(bytes: number): void {
    this.#watch.hear(bytes);
  }

  /**
   * A stream that was begun is over.
   *
   * @param isAborted whether it was reset from our side
   */
  end(isAborted: boolean): void {
    if (isAborted && ++this.#aborts >= limits.MOST_ABORTS) this.retire();
    this.#watch.streams--;
    if (--this.#running > 0) return;
    if (this.isOpen) this.#rest();
    else this.#close();
  }

  /** No stream is begun any more, and those that are running can end. Then it is closed. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    if (this.#running === 0) this.#close();
    this.#tellCapacity();
  }

  /** Ends it at once, with all its streams. */
  destroy(error?: Error): void {
    this.#isRetired = true;
    this.#watch.stop();
    this.#session.destroy(error);
    this.#socket.destroy();
  }

  #rest(): void {
    if (this.#allowed === 0) {
      this.retire();
      return;
    }
    this.#session.unref();
    this.#idleTimer.refresh();
  }

  /**
   * Not before the last stream is over: Node sends a GOAWAY at once, and haproxy ends all streams when it gets one. The
   * peer should close its side too. If it does not, the connection is destroyed.
   */
  #close(): void {
    if (this.isGone) return;
    this.#session.close();
    this.#closeTimer ??= setTimeout(() => this.destroy(), limits.CLOSE_TIMEOUT_MS);
  }

  /** Later, because node:http2 is still reading. */
  #tellCapacity(): void {
    setImmediate(() => this.#owner.onCapacity());
  }

  readonly #onConnect = (): void => {
    // Node says this of a session that is destroyed, too.
    if (!this.#session.destroyed) this.#session.setLocalWindowSize(limits.SESSION_WINDOW);
  };

  readonly #onSettings = ({ maxConcurrentStreams = MOST_STREAMS }: Settings): void => {
    this.#allowed = maxConcurrentStreams;
    if (++this.#settings > limits.MOST_SETTINGS) this.destroy(new SessionError("ERR_HTTP2_FLOOD"));
    else this.#tellCapacity();
  };

  readonly #onGoaway = (_code: number, lastProcessed: number): void => {
    this.lastProcessed = Math.min(this.lastProcessed, lastProcessed);
    this.retire();
  };

  /** Node keeps each origin that a server names. */
  readonly #onOrigin = (): void => {
    if (++this.#origins > limits.MOST_ORIGINS) this.destroy(new SessionError("ERR_HTTP2_FLOOD"));
  };

  readonly #onIdle = (): void => {
    if (this.#running === 0) this.retire();
    else this.#idleTimer.refresh();
  };

  readonly #onClosed = (): void => {
    this.isGone = true;
    this.#watch.stop();
    clearTimeout(this.#idleTimer);
    clearTimeout(this.#closeTimer);
    // The streams learn it first.
    setImmediate(() => this.#owner.onClosed());
  };
}
