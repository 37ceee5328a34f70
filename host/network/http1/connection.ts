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
  // curl has neither of these limits. The transfer has its own exact timer; undici's timers fire only every half
  // second.
  headersTimeout: 0,
  bodyTimeout: 0,
  // CURLOPT_MAXAGE_CONN. If a server's Keep-Alive header says less, then this and a little less, so that we close
  // first.
  keepAliveTimeout: 118_000,
  keepAliveMaxTimeout: 118_000,
  keepAliveTimeoutThreshold: 500,
  // The real limits are in the filter before the parser.
  maxHeaderSize: 1024 * 1024,
  pipelining: 1,
};

// How long we wait until a peer closes its side of an idle connection, after we have closed ours.
const CLOSE_TIMEOUT_MS = 250;

/** One connection and the undici `Client` that speaks HTTP/1.1 on it. The only file that knows undici's Client. */
export class Connection {
  /** See `targetAddress`. */
  readonly target: string | null;
  /** Number of requests sent on it so far. */
  uses = 0;
  /** The error that broke it; null if there was none. */
  error: Error | null = null;
  /** The error because of which nothing can be written any more, although reading continues. */
  writeError: Error | null = null;
  readonly #filter = new HeadFilter();
  readonly #socket: Duplex;
  readonly #client: Client;
  readonly #servername: string;
  #isTaken = false;
  /** Whether any part of a request was written. */
  #isBegun = false;
  /** The body of the last request; null if it was sent together with the head. */
  #upload: Upload | null = null;
  #onSent: (() => void) | null = null;
  /** Whether the last request was HEAD. */
  #isOfHead = false;

  /**
   * @param socket ready, including TLS and all proxies
   * @param onClosed called once, when the socket has closed
   */
  constructor(destination: Destination, socket: Duplex, onClosed: () => void) {
    this.#socket = socket;
    this.#servername = destination.hostname;
    this.target = targetAddress(socket, destination.proxy === null);
    // undici removes its error listener after the last request. An error of a socket without a listener ends the
    // process.
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

  /** Whether a line of the response to the last request has come. */
  get isAnswered(): boolean {
    return this.#filter.isAnswered;
  }

  /** The real status of the response, if undici was given another one; otherwise 0. */
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

  /** Whether a part of the last request is not sent yet, and can still be sent. */
  get isSending(): boolean {
    const isUnsent = this.#upload?.isOver === false || this.#socket.writableLength > 0;
    return isUnsent && this.isOpen && this.writeError === null;
  }

  /** Sends a request. The handler learns the result, also if undici refuses to send the request. */
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

  /** Calls `onSent` once: when the whole last request is sent, or when it can never be sent. */
  whenSent(onSent: () => void): void {
    this.#onSent = onSent;
    const upload = this.#upload;
    if (upload === null || upload.isOver) this.#flush();
    else upload.onOver = () => this.#flush();
  }

  /** Forgets the last request, of which nothing is sent any more. An idle connection would hold all that was posted. */
  forgetUpload(): void {
    if (this.#upload?.isOver) this.#upload = null;
  }

  /** Closes an idle connection in both directions. When `onClosed` is called, the peer has closed it too. */
  close(): void {
    this.#socket.end();
    const timer = setTimeout(() => this.destroy(), CLOSE_TIMEOUT_MS);
    this.#socket.once("close", () => clearTimeout(timer));
  }

  /** Closes it at once, even while something is being sent or received. */
  destroy(): void {
    this.#upload?.stop();
    // With an error. Otherwise undici would wait for a "drain" event that never comes.
    this.#socket.destroy(new TransferFailure("ABORTED_BY_CALLBACK"));
  }

  /** Called when the last request is written. The next bytes are the response to it. */
  begin(): void {
    this.#filter.begin(this.#isOfHead);
    this.#upload?.begin();
    if (this.#isBegun) return;
    this.#isBegun = true;
    // Bytes may have come before the first request, for example together with the answer of a proxy. They are the
    // response to this request, and undici reads them when it waits for one.
    if (this.#socket.readableLength > 0) process.nextTick(() => this.#socket.emit("readable"));
  }

  /** See `HeadFilter.cutHead`. */
  cutHead(): ResponseHead | null {
    return this.#filter.cutHead();
  }

  /** Writes an empty piece after everything else. When this one is written, everything is. */
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
   * If a reset comes directly after the last bytes that were read, libuv reports a normal end. An empty write shows the
   * difference: after a reset it fails with ECONNRESET. After a normal end it does nothing, or it fails with EPIPE if a
   * request was sent that nobody reads any more.
   */
  #noticeReset(): void {
    if (!this.#socket.writable) return;
    const isKnown = this.writeError !== null;
    this.#socket.write("");
    const error: NodeJS.ErrnoException | null = this.writeError;
    if (!isKnown && error?.code === "ECONNRESET") this.error ??= new ConnectionReset();
  }

  /** Replaces the socket's `read`, which undici calls. */
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

  /** undici asks for a socket once, and again each time that the socket is gone. The second time there is none. */
  #connect(_options: unknown, callback: buildConnector.Callback): void {
    const isFirst = !this.#isTaken;
    this.#isTaken = true;
    // Not at once: undici does not notice a socket that comes before it waits for one.
    queueMicrotask(() => {
      if (isFirst) callback(null, this.#socket as Socket);
      else callback(isUndicis(this.error) ? new ConnectionGone() : this.error, null);
    });
  }
}

/** The peer closed the connection normally before the request was written. */
class ConnectionGone extends Error {
  readonly code = "ERR_CONNECTION_GONE";

  constructor() {
    super("the connection is gone");
  }
}

/** The peer reset the connection, after the last bytes that were read. */
class ConnectionReset extends Error {
  readonly code = "ECONNRESET";

  constructor() {
    super("the peer reset the connection");
  }
}

/**
 * Whether undici would handle the error as its own. If a connector gives such an error, undici tries again for ever.
 */
function isUndicis(error: Error | null): error is null {
  return error === null || ("code" in error && String(error.code).startsWith("UND_ERR_"));
}

/** The origin that undici gets. It is only for undici's diagnostics: nothing connects to it. */
function originOf({ scheme, hostname, port }: Destination): string {
  const origin = formatOrigin({ scheme, hostname, port });
  return URL.canParse(origin) ? origin : formatOrigin({ scheme, hostname: "unnamed.invalid", port });
}
