import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { buildConnector, Client, Dispatcher } from "undici";
import { BodyStream } from "../body/request-body.ts";
import { targetAddress } from "../connect/target-address.ts";
import type { ConnectionOwner } from "../exchange/exchange.ts";
import type { RequestHead } from "../request/request.ts";
import type { Destination } from "../route/destination.ts";
import { TransferFailure } from "../transfer/failures.ts";
import type { HeadBytes } from "../transfer/kept-head.ts";
import { createClient, dispatch } from "./client.ts";
import { HeadFilter } from "./head-filter.ts";
import { joinWrites } from "./joined-writes.ts";
import { keepReading } from "./lasting-reads.ts";
import { ConnectionGone, ConnectionReset, isUndicis } from "./lost-connection.ts";
import type { ResponseHead } from "./response-head.ts";
import { Silence } from "./silence.ts";
import { Upload, type UploadOwner } from "./upload.ts";

// How long we wait until a peer closes its side of an idle connection, after we have closed ours.
const CLOSE_TIMEOUT_MS = 250;

/** One connection and the undici `Client` that speaks HTTP/1.1 on it. */
export class Connection {
  /** See `targetAddress`. */
  readonly target: string | null;
  /** The error that broke it; null if there was none. */
  error: Error | null = null;
  /** The error because of which nothing can be written any more, although reading continues. */
  writeError: Error | null = null;
  readonly #filter = new HeadFilter();
  readonly #silence = new Silence();
  readonly #socket: Duplex;
  readonly #client: Client;
  readonly #servername: string;
  #isTaken = false;
  /** Whether any part of a request was written. */
  #isBegun = false;
  /** Whether it was free before anything was written, so that somebody reads. */
  #isWatched = false;
  /** The body of the last request; null if it was sent together with the head. */
  #upload: Upload | null = null;
  #onSent: (() => void) | null = null;
  /** Whether the last request was HEAD. */
  #isOfHead = false;
  /** Whether nothing is read for now: nobody wants more of the content. */
  #isPaused = false;

  /** @param socket ready, including TLS and all proxies */
  constructor(destination: Destination, socket: Duplex, owner: ConnectionOwner) {
    this.#socket = socket;
    this.#servername = destination.hostname;
    this.target = targetAddress(socket, destination.proxy === null);
    // undici removes its error listener after the last request. An error of a socket without a listener ends the
    // process.
    socket.on("error", (error) => {
      this.error ??= error;
    });
    socket.prependListener("end", () => this.#noticeReset());
    if (socket.closed) setImmediate(() => owner.onClosed());
    else
      socket.once("close", () => {
        this.#tellSent();
        owner.onClosed();
      });
    keepReading(socket, (error) => {
      this.writeError ??= error;
      this.#tellSent();
    });
    joinWrites(socket);
    this.#filterReads();
    this.#client = createClient(destination, this.#connect.bind(this));
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

  /** See `ChunkFilter.lacksLf`. */
  get lacksLf(): boolean {
    return this.#filter.lacksLf;
  }

  /** Whether it was free before. Then the peer may have closed it in the meantime. */
  get isReused(): boolean {
    return this.#silence.hasBeen;
  }

  /** Whether bytes came that answer no request, while a body was still being sent. */
  get isSpoilt(): boolean {
    return this.#silence.isBroken;
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
    this.#filter.expect();
    this.#silence.expectEnd();
    this.#isOfHead = method === "HEAD";
    this.#upload = body instanceof BodyStream ? new Upload(this.#socket, body, handler) : null;
    const sent = this.#upload === null ? body : null;
    const options = { method, path: target, headers, body: sent, reset: false, servername: this.#servername };
    const request = options as unknown as Dispatcher.DispatchOptions;
    // undici waits until the loop checks for immediates before it writes. It may do this without looking at the sockets
    // first, but not the second time.
    if (this.#silence.isDoubtful(performance.now())) setImmediate(dispatch, this.#client, request, handler);
    else dispatch(this.#client, request, handler);
  }

  /**
   * Called when the response is complete, or when nothing was sent. Until the next request is written, every byte that
   * comes closes the connection.
   */
  free(): void {
    this.#silence.begin(performance.now());
    this.#isPaused = false;
    if (this.#isBegun || this.#isWatched) return;
    this.#isWatched = true;
    // undici does not read yet.
    this.#socket.once("readable", () => this.#silence.isOn && this.#socket.read());
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

  /**
   * Stops or goes on reading. The parser is not told: what it has, it reads to the end. Its own way to pause gives bytes
   * back to the socket that the filter has changed already.
   */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) process.nextTick(() => this.#socket.emit("readable"));
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
    this.#silence.end();
    this.#filter.begin(this.#isOfHead);
    this.#upload?.begin();
    if (this.#isBegun) return;
    this.#isBegun = true;
    // Bytes may have come before the first request, for example together with the answer of a proxy. They are the
    // response to this request, and undici reads them when it waits for one.
    if (this.#socket.readableLength > 0) process.nextTick(() => this.#socket.emit("readable"));
  }

  /** See `HeadFilter.takeHead`. */
  takeHead(): HeadBytes {
    return this.#filter.takeHead();
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
      if (!this.#isBegun && !this.#silence.isOn && size !== 0) return null;
      if (this.#isPaused && size !== 0) return null;
      try {
        for (let chunk = read.call(socket, size); chunk !== null; chunk = read.call(socket, size)) {
          const passed = this.#silence.isOn ? this.#refuse() : this.#filter.pass(chunk);
          this.#silence.count(chunk.length);
          if (passed !== null) return passed;
        }
      } catch (failure) {
        socket.destroy(failure as Error);
      }
      return null;
    };
  }

  #refuse(): null {
    this.#silence.break(this.isSending);
    return null;
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
