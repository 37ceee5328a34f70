import type { Duplex } from "node:stream";
import type { BodyStream } from "../body/request-body.ts";
import { cut, SMALL_BYTES } from "../body/source.ts";
import { CHUNKED, UNFRAMED } from "../request/framing.ts";

const KEPT_ALIVE = "connection: keep-alive\r\n";
const CLOSED = "connection: close\r\n";

/** Whom an upload tells how it ends, if it ends by itself. */
export interface UploadOwner {
  /** All of the body is handed over to the socket. */
  onSent(): void;
  /** The body cannot be read; what was sent of it is not all. */
  onUnreadable(error: unknown): void;
}

/**
 * The body of one request on its way into a socket, and the framing around it, a piece at a time: nothing is read while
 * the socket has enough, and what arrives is seen between two pieces. Undici would close the connection with the
 * response, however much of the body the peer still wants.
 */
export class Upload {
  /** Whether nothing more is written. */
  isOver = false;
  /** Pieces that the socket has let go of. */
  taken = 0;
  /** Called when it is over. */
  onOver: () => void = () => {};
  readonly #socket: Duplex;
  readonly #body: BodyStream;
  readonly #owner: UploadOwner;
  /** Pieces that it still holds. */
  #held = 0;
  #head: string | null = null;
  #wake: (() => void) | null = null;

  constructor(socket: Duplex, body: BodyStream, owner: UploadOwner) {
    this.#socket = socket;
    this.#body = body;
    this.#owner = owner;
    body.isWritten = () => socket.writableLength === 0;
  }

  /** Takes the head that is written next to the socket, of a request that has no body yet, and begins. */
  begin(): void {
    const socket: { write: unknown } = this.#socket;
    socket.write = (head: string) => {
      Reflect.deleteProperty(socket, "write");
      this.#head = this.#frame(head);
      void this.#run();
      return true;
    };
  }

  /** Nothing more is read or written. */
  stop(): void {
    this.isOver = true;
    this.#body.cancel();
    this.#resume();
  }

  async #run(): Promise<void> {
    const socket = this.#socket.once("close", this.#resume);
    try {
      for await (const chunk of this.#body) {
        for (const piece of cut(chunk)) {
          if (this.isOver || socket.destroyed) return;
          const hasRoom = this.#write(piece);
          // Whoever gave a chunk may use its buffer again when it is asked for the next.
          const isFree = chunk.length < SMALL_BYTES || socket.writableLength === 0;
          if (!hasRoom || !isFree) await this.#written();
        }
      }
      this.#finish();
    } catch (error) {
      if (!this.isOver) this.#owner.onUnreadable(error);
    } finally {
      this.isOver = true;
      socket.off("close", this.#resume);
      this.onOver();
    }
  }

  /** The head that undici wrote, saying how long the body is. One without any, and that says so, is as it was. */
  #frame(head: string): string {
    const { length } = this.#body;
    if (length === 0) return head;
    const fields = head.replace(/(?:content-length: 0\r\n)?\r\n$/, "");
    if (length === CHUNKED) return `${fields}transfer-encoding: chunked\r\n`;
    // A peer that takes the body for another request does nothing about it.
    if (length === UNFRAMED) return `${fields.replace(KEPT_ALIVE, CLOSED)}\r\n`;
    return `${fields}content-length: ${length}\r\n\r\n`;
  }

  /** Says whether there may be more at once. */
  #write(piece: Uint8Array): boolean {
    const socket = this.#socket;
    socket.cork();
    this.#writeHead();
    if (this.#body.length === CHUNKED) socket.write(`\r\n${piece.length.toString(16)}\r\n`, "latin1");
    this.#held++;
    const hasRoom = socket.write(piece, this.#release);
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

  /** Resolves when the socket holds nothing any more, or is closed. */
  #written(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#held === 0 || this.#socket.closed) resolve();
      else this.#wake = resolve;
    });
  }

  readonly #release = (): void => {
    this.#held--;
    this.taken++;
    if (this.#held === 0) this.#resume();
  };

  readonly #resume = (): void => {
    this.#wake?.();
    this.#wake = null;
  };
}
