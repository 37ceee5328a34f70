import type { Duplex } from "node:stream";
import type { BodyStream } from "../body/request-body.ts";
import { BATCH_BYTES, cut, SMALL_BYTES } from "../body/source.ts";
import { CHUNKED, UNFRAMED } from "../request/framing.ts";

// These include the line end before the header, because the value of a header may look like another header.
const KEPT_ALIVE = "\r\nconnection: keep-alive\r\n";
const CLOSED = "\r\nconnection: close\r\n";
const END = /\r\n(?:content-length: 0\r\n)?\r\n$/;

/** The owner of an upload. It is called if the upload ends by itself, not if it is stopped. */
export interface UploadOwner {
  /** The whole body has been written to the socket. */
  onSent(): void;
  /** The body cannot be read. Only a part of it has been sent. */
  onUnreadable(error: unknown): void;
}

/**
 * Writes the body of one request to a socket, with its framing, piece by piece. It reads nothing while the socket has
 * enough to write. Between two pieces, the response can come in. We do not use undici for this: with the response it
 * would close the connection, even if the peer still wants the rest of the body.
 */
export class Upload {
  /** Whether nothing more will be written. */
  isOver = false;
  /** Called when it is over. */
  onOver: () => void = () => {};
  readonly #socket: Duplex;
  readonly #body: BodyStream;
  readonly #owner: UploadOwner;
  /** Number of pieces that the socket still holds. */
  #held = 0;
  #head: string | null = null;
  #wake: (() => void) | null = null;

  constructor(socket: Duplex, body: BodyStream, owner: UploadOwner) {
    this.#socket = socket;
    this.#body = body;
    this.#owner = owner;
    body.isWritten = () => socket.writableLength === 0;
  }

  /** Begins. The next write to the socket is the head, which undici writes for a request without a body. */
  begin(): void {
    const socket: { write: unknown } = this.#socket;
    socket.write = (head: string) => {
      Reflect.deleteProperty(socket, "write");
      this.#head = this.#frame(head);
      void this.#run();
      return true;
    };
  }

  /** Stops reading and writing. */
  stop(): void {
    this.isOver = true;
    this.#body.cancel();
    this.#resume();
  }

  async #run(): Promise<void> {
    const socket = this.#socket.once("close", this.#onClose);
    try {
      for await (const chunk of this.#body) {
        for (const batch of cut(chunk, BATCH_BYTES)) {
          if (this.isOver || socket.destroyed) return;
          const hasRoom = this.#write(batch);
          // The source may use the buffer of this chunk again when it is asked for the next chunk.
          const isFree = chunk.length < SMALL_BYTES || socket.writableLength === 0;
          if (!hasRoom || !isFree) await this.#written();
        }
      }
      this.#finish();
    } catch (error) {
      if (!this.isOver) this.#owner.onUnreadable(error);
    } finally {
      this.isOver = true;
      socket.off("close", this.#onClose);
      this.onOver();
    }
  }

  /** Changes the head that undici wrote: it adds the length of the body, or "chunked". */
  #frame(head: string): string {
    const { length } = this.#body;
    const fields = head.replace(END, "\r\n");
    if (length === CHUNKED) return `${fields}transfer-encoding: chunked\r\n`;
    // The connection closes after the request. So if the peer reads the body as another request, it does not execute
    // it.
    if (length === UNFRAMED) return `${fields.replace(KEPT_ALIVE, CLOSED)}\r\n`;
    return `${fields}content-length: ${length}\r\n\r\n`;
  }

  /** Writes pieces with one call of the system. Returns whether more may be written at once. */
  #write(batch: Uint8Array): boolean {
    const socket = this.#socket;
    let hasRoom = true;
    socket.cork();
    this.#writeHead();
    for (const piece of cut(batch)) {
      if (this.#body.length === CHUNKED) socket.write(`\r\n${piece.length.toString(16)}\r\n`, "latin1");
      this.#held++;
      hasRoom = socket.write(piece, this.#release);
    }
    socket.uncork();
    return hasRoom;
  }

  #writeHead(): void {
    if (this.#head !== null) this.#socket.write(this.#head, "latin1");
    this.#head = null;
  }

  #finish(): void {
    if (this.isOver || this.#socket.destroyed) return;
    this.#writeHead();
    if (this.#body.length === CHUNKED) this.#socket.write("\r\n0\r\n\r\n", "latin1");
    this.#owner.onSent();
  }

  /** Resolves when the socket holds no piece any more, or is closed. */
  #written(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#held === 0 || this.#socket.closed) resolve();
      else this.#wake = resolve;
    });
  }

  readonly #release = (): void => {
    this.#held--;
    if (this.#held === 0) this.#resume();
  };

  /** Nobody takes the rest, so nobody waits for its source. */
  readonly #onClose = (): void => this.stop();

  readonly #resume = (): void => {
    this.#wake?.();
    this.#wake = null;
  };
}
