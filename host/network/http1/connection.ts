import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type buildConnector, Client, type Dispatcher } from "undici";
import { BodyStream } from "../body/request-body.ts";
import { targetAddress } from "../connect/target-address.ts";
import type { RequestHead } from "../request/request.ts";
import type { Destination } from "../route/destination.ts";
import { TransferFailure } from "../transfer/failures.ts";
import { formatOrigin } from "../url/origin.ts";
import { HeadFilter } from "./head-filter.ts";
import { keepReading } from "./lasting-reads.ts";
import type { ResponseHead } from "./response-head.ts";
import { Upload, type UploadOwner } from "./upload.ts";

const CLIENT_OPTIONS: Client.Options = {
  // Curl has neither; the transfer's own timer is exact, where undici's ticks every half second.
  headersTimeout: 0,
  bodyTimeout: 0,
  // CURLOPT_MAXAGE_CONN. A server's Keep-Alive hint shortens it, less a moment so that we close first.
  keepAliveTimeout: 118_000,
  keepAliveMaxTimeout: 118_000,
  keepAliveTimeoutThreshold: 500,
  // The filter in front of the parser has the real limits.
  maxHeaderSize: 1024 * 1024,
  pipelining: 1,
};

// How long a peer may take to answer the end of an idle connection with its own.
const CLOSE_TIMEOUT_MS = 250;

/** One connection and the undici `Client` that speaks HTTP/1.1 on it. The only file that knows undici's Client. */
export class Connection {
  /** See `targetAddress`. */
  readonly target: string | null;
  /** Requests sent on it so far. */
  uses = 0;
  /** What broke it, if anything did. */
  error: Error | null = null;
  /** Why nothing can be written any more, where only reading goes on. */
  writeError: Error | null = null;
  readonly #filter = new HeadFilter();
  readonly #socket: Duplex;
  readonly #client: Client;
  readonly #servername: string;
  #isTaken = false;
  /** Whether a request was written, be it a part of one. */
  #isBegun = false;
  /** The body of the last request, unless that was sent with its head. */
  #upload: Upload | null = null;
  #onSent: (() => void) | null = null;
  /** Whether the last request is HEAD. */
  #isOfHead = false;

  /**
   * @param socket connected, and past TLS and every proxy
   * @param onClosed called once, when the socket is closed
   */
  constructor(destination: Destination, socket: Duplex, onClosed: () => void) {
    this.#socket = socket;
    this.#servername = destination.hostname;
    this.target = targetAddress(socket, destination.proxy === null);
    // Undici removes its own listener for errors with the last request; a socket without one takes the process down.
    socket.on("error", (error) => {
      this.error ??= error;
    });
    socket.prependListener("end", () => this.#noticeReset());
    if (socket.closed) setImmediate(onClosed);
    else
      socket.once("close", () => {
        this.#tellSent();
        onClosed();
      });
    keepReading(socket, (error) => {
      this.writeError ??= error;
      this.#tellSent();
    });
    this.#filterReads();
    this.#client = new Client(originOf(destination), {
      ...CLIENT_OPTIONS,
      connect: this.#connect.bind(this),
    });
  }

  /** Whether any line of a response to the last request arrived. */
  get isAnswered(): boolean {
    return this.#filter.isAnswered;
  }

  /** The status of the response, where undici is shown another; else 0. */
  get hiddenStatus(): number {
    return this.#filter.hiddenStatus;
  }

  /** See `HeadFilter.headBytes`. */
  get headBytes(): number {
    return this.#filter.headBytes;
  }

  /** See `ResponseHead.isLengthTooLarge`. */
  get isLengthTooLarge(): boolean {
    return this.#filter.isLengthTooLarge;
  }

  /** Whether another request can be sent on it. */
  get isOpen(): boolean {
    return !this.#socket.destroyed;
  }

  /** Whether something of the last request was not sent, and can be. */
  get isSending(): boolean {
    const isUnsent = this.#upload?.isOver === false || this.#socket.writableLength > 0;
    return isUnsent && this.isOpen && this.writeError === null;
  }

  /** A number that changes as long as the peer takes what is sent. */
  get progress(): number {
    return (this.#upload?.taken ?? 0) - this.#socket.writableLength;
  }

  /** Sends a request. The handler hears how it went, also of what undici refuses to send. */
  send(
    { method, target, headers }: RequestHead,
    body: Uint8Array | BodyStream | null,
    handler: Dispatcher.DispatchHandler & UploadOwner,
  ): void {
    this.uses++;
    this.#filter.expect();
    this.#isOfHead = method === "HEAD";
    this.#upload = body instanceof BodyStream ? new Upload(this.#socket, body, handler) : null;
    const sent = this.#upload === null ? body : null;
    const options = { method, path: target, headers, body: sent, reset: false, servername: this.#servername };
    this.#client.dispatch(options as unknown as Dispatcher.DispatchOptions, handler);
  }

  /** Calls back once: when all of the last request is sent, or never will be. */
  whenSent(onSent: () => void): void {
    this.#onSent = onSent;
    const upload = this.#upload;
    if (upload === null || upload.isOver) this.#flush();
    else upload.onOver = () => this.#flush();
  }

  /** Closes an idle connection in both directions, so that the peer has let go of it when `onClosed` is called. */
  close(): void {
    this.#socket.end();
    const timer = setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  /** Closes it at once, whatever is on the way. */
  destroy(): void {
    this.#upload?.stop();
    // With an error, so that undici does not wait for a drain that never comes.
    this.#socket.destroy(new TransferFailure("ABORTED_BY_CALLBACK"));
  }

  /** The last request is written now: the next bytes are a response to it. */
  begin(): void {
    this.#filter.begin(this.#isOfHead);
    this.#upload?.begin();
    if (this.#isBegun) return;
    this.#isBegun = true;
    // What came before the first request, with the word of a proxy say, answers it: undici has it once it waits for it.
    if (this.#socket.readableLength > 0) process.nextTick(() => this.#socket.emit("readable"));
  }

  /** See `HeadFilter.cutHead`. */
  cutHead(): ResponseHead | null {
    return this.#filter.cutHead();
  }

  /** What is written behind everything else is written last. */
  #flush(): void {
    if (this.isOpen) this.#socket.write("", () => this.#tellSent());
    else this.#tellSent();
  }

  #tellSent(): void {
    const tell = this.#onSent;
    this.#onSent = null;
    tell?.();
  }

  /**
   * A reset right behind the last bytes that were read looks like the peer's end: libuv says so. Writing, be it nothing,
   * tells: after a real end it does nothing, or fails with EPIPE if a request went out that nobody reads any more.
   */
  #noticeReset(): void {
    if (!this.#socket.writable) return;
    const isKnown = this.writeError !== null;
    this.#socket.write("");
    const error: NodeJS.ErrnoException | null = this.writeError;
    if (!isKnown && error?.code === "ECONNRESET") this.error ??= new ConnectionReset();
  }

  /** Undici reads through this socket's own `read`. */
  #filterReads(): void {
    const socket = this.#socket;
    const read = socket.read;
    socket.read = (size?: number): Buffer | null => {
      if (!this.#isBegun && size !== 0) return null;
      try {
        for (let chunk = read.call(socket, size); chunk !== null; chunk = read.call(socket, size)) {
          const passed = this.#filter.pass(chunk);
          if (passed !== null) return passed;
        }
      } catch (failure) {
        socket.destroy(failure as TransferFailure);
      }
      return null;
    };
  }

  /** Undici asks once for a socket, and again whenever that one is gone: then there is none. */
  #connect(_options: unknown, callback: buildConnector.Callback): void {
    const isFirst = !this.#isTaken;
    this.#isTaken = true;
    // Not at once: undici would not notice a socket that is there before it waits for one.
    queueMicrotask(() => {
      if (isFirst) callback(null, this.#socket as Socket);
      else callback(isUndicis(this.error) ? new ConnectionGone() : this.error, null);
    });
  }
}

/** The peer closed the connection in good order before the request was written. */
class ConnectionGone extends Error {
  readonly code = "ERR_CONNECTION_GONE";

  constructor() {
    super("the connection is gone");
  }
}

/** The peer reset the connection, behind bytes that were read. */
class ConnectionReset extends Error {
  readonly code = "ECONNRESET";

  constructor() {
    super("the peer reset the connection");
  }
}

/** Errors of these kinds from a connector undici takes for a reason to try again, for ever. */
function isUndicis(error: Error | null): error is null {
  return error === null || ("code" in error && String(error.code).startsWith("UND_ERR_"));
}

/** For undici's diagnostics; nothing is connected to or named after it. */
function originOf({ scheme, hostname, port }: Destination): string {
  const origin = formatOrigin({ scheme, hostname, port });
  return URL.canParse(origin) ? origin : formatOrigin({ scheme, hostname: "unnamed.invalid", port });
}
