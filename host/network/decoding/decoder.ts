import { TransferFailure } from "../transfer/failures.ts";
import type { Coding, Engine } from "./codings.ts";
import { ZstdFrames } from "./zstd-frames.ts";

/** Takes content piece by piece, and learns of its end. */
export interface Taker {
  /** Returns false if it wants to wait; then it says when it goes on. */
  write(piece: Buffer): boolean;
  end(): void;
}

/** Whoever is told of what a decoder does. */
export interface DecoderOwner {
  /** More may be written, after `write` returned false. */
  onRoom(): void;
  onFailure(failure: TransferFailure): void;
}

/** How many bytes may wait for the engine. */
const MOST_WAITING = 64 * 1024;

/**
 * Takes one coding off. It is strict: content that is cut off, or that goes on after its end, fails with
 * BAD_CONTENT_ENCODING. What comes while the engine is busy is joined, because the engine takes long for each piece.
 */
export class Decoder implements Taker {
  readonly #coding: Coding;
  readonly #next: Taker;
  readonly #owner: DecoderOwner;
  readonly #frames: ZstdFrames | null;
  #engine: Engine | null = null;
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** Number of bytes that were given to the engine. */
  #fed = 0;
  #isBusy = false;
  #isFull = false;
  #isEnded = false;
  #isOver = false;

  constructor(coding: Coding, next: Taker, owner: DecoderOwner) {
    this.#coding = coding;
    this.#next = next;
    this.#owner = owner;
    this.#frames = coding.hasFrames === true ? new ZstdFrames() : null;
  }

  write(piece: Buffer): boolean {
    if (this.#isOver) return true;
    this.#waiting.push(piece);
    this.#waitingBytes += piece.length;
    this.#feed();
    this.#isFull = this.#waitingBytes >= MOST_WAITING;
    return !this.#isFull;
  }

  end(): void {
    this.#isEnded = true;
    this.#feed();
  }

  /** Goes on, after the next one wanted to wait. */
  resume(): void {
    this.#engine?.resume();
  }

  destroy(): void {
    this.#isOver = true;
    this.#waiting = [];
    this.#engine?.destroy();
  }

  #feed(): void {
    if (this.#isBusy || this.#isOver) return;
    const isEnough = this.#waitingBytes >= this.#coding.least || this.#isEnded;
    if (this.#waitingBytes > 0 && (this.#engine !== null || isEnough)) this.#give(this.#take());
    else if (this.#waitingBytes === 0 && this.#isEnded) this.#finish();
  }

  /** What the engine gets at once: not more than one frame. */
  #take(): Buffer {
    const all = this.#waiting.length === 1 ? (this.#waiting[0] as Buffer) : Buffer.concat(this.#waiting);
    const size = this.#frames?.take(all) ?? all.length;
    this.#waiting = size === all.length ? [] : [all.subarray(size)];
    this.#waitingBytes = all.length - size;
    return all.subarray(0, size);
  }

  #give(bytes: Buffer): void {
    this.#engine ??= this.#start(bytes);
    this.#isBusy = true;
    this.#fed += bytes.length;
    this.#engine.write(bytes, (error) => {
      this.#isBusy = false;
      if (!error) this.#onRead();
    });
  }

  #start(bytes: Buffer): Engine {
    const engine = this.#coding.makeEngine(bytes);
    engine
      .on("data", (piece: Buffer) => {
        if (!this.#isOver && !this.#next.write(piece)) engine.pause();
      })
      .on("end", () => this.#onEngineEnd(engine))
      .on("error", (error) => this.#fail(error));
    return engine;
  }

  #onRead(): void {
    const hadRoom = !this.#isFull;
    this.#isFull = false;
    this.#feed();
    if (!hadRoom && !this.#isOver) this.#owner.onRoom();
  }

  /** Content of no bytes has no coding: servers send such responses. */
  #finish(): void {
    if (this.#engine === null) this.#next.end();
    else if (this.#frames?.isWhole === false) this.#fail(new Error("the content is cut off"));
    else this.#engine.end();
  }

  /** An engine ends by itself if something comes after what it can read. */
  #onEngineEnd({ bytesWritten }: Engine): void {
    if (this.#isOver) return;
    const isRead = this.#isEnded && this.#waitingBytes === 0 && bytesWritten === this.#fed;
    if (isRead) this.#next.end();
    else this.#fail(new Error("the content goes on after its end"));
  }

  #fail(reason: Error): void {
    if (this.#isOver) return;
    this.destroy();
    this.#owner.onFailure(new TransferFailure("BAD_CONTENT_ENCODING", reason));
  }
}
