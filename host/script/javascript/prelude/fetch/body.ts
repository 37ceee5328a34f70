import { Blob, bytesOf, FROM_SOURCE } from "../files/blob.ts";
import { FormData } from "../files/form-data.ts";
import { makeBoundary, writeMultipart } from "../files/multipart.ts";
import { Content, pieceOf } from "../guest/content.ts";
import { type Bytes, concat } from "../seam/bytes.ts";
import type { HandleValue } from "../seam/message-pack-reader.ts";
import { streamOfPieces } from "../streams/pieces.ts";
import { ReadableStream, seal, usageOf } from "../streams/readable-stream.ts";

/** A form, and what stands between its parts if it is written here. */
export class Form {
  readonly data: FormData;
  readonly boundary = makeBoundary();

  constructor(data: FormData) {
    this.data = new FormData();
    for (const [name, value] of data) this.data.append(name, value);
  }
}

/** Bytes; or what has them: a content or a File that is with the host, or a form. */
export type BodySource = Bytes | Content | HandleValue | Form;

/** The body of a request or of a response, which can be taken once. */
export class Body {
  /** Undefined if it is only a stream. */
  #source: BodySource | undefined;
  /** A script's own, or what scripts see of the source, once they have asked. */
  #stream: ReadableStream | undefined;
  /** Whether another body has the same source. */
  #isShared = false;
  #isTaken = false;

  constructor(source: BodySource | ReadableStream) {
    if (source instanceof ReadableStream) this.#stream = source;
    else this.#source = source;
  }

  get isUsed(): boolean {
    return this.#isTaken || (this.#stream !== undefined && usageOf(this.#stream).isDisturbed);
  }

  get stream(): ReadableStream {
    if (this.#stream !== undefined) return this.#stream;
    this.#stream = streamOf(this.#source as BodySource, () => this.#isShared);
    if (this.#isTaken) seal(this.#stream);
    bodies.set(this.#stream, this);
    return this.#stream;
  }

  /** What it is made of. @throws TypeError if it was taken before, or is only a stream */
  take(): BodySource {
    this.check();
    if (this.#source === undefined) throw new TypeError("the body is a stream");
    this.#isTaken = true;
    if (this.#stream !== undefined) seal(this.#stream);
    return this.#source;
  }

  /** Its bytes, which belong to the caller. @throws TypeError if it was taken before */
  async read(): Promise<Bytes> {
    if (this.#source === undefined) return this.#collect();
    const source = this.take();
    const bytes = readBytes(source);
    return this.#isShared || source instanceof Uint8Array ? new Uint8Array(bytes) : bytes;
  }

  /** From now on it is more than a stream. */
  async gather(): Promise<void> {
    if (this.#source !== undefined) return;
    this.#source = await this.#collect();
    this.#stream = undefined;
    this.#isTaken = false;
  }

  /** Another body instead of this one, which then counts as used. */
  move(): Body {
    this.check();
    const body = new Body(this.#source === undefined ? this.stream : this.take());
    body.#isShared = this.#isShared;
    if (this.#source !== undefined) return body;
    this.#isTaken = true;
    return body;
  }

  clone(): Body {
    this.check();
    if (this.#source === undefined) {
      const [own, other] = this.stream.tee();
      this.#stream = own;
      return new Body(other);
    }
    const body = new Body(this.#source);
    this.#isShared = true;
    body.#isShared = true;
    return body;
  }

  check(): void {
    if (this.isUsed) throw new TypeError("the body was used before");
    if (this.#stream?.locked) throw new TypeError("the body is locked: it has a reader");
  }

  async #collect(): Promise<Bytes> {
    this.check();
    this.#isTaken = true;
    const pieces: Bytes[] = [];
    for await (const piece of this.stream) {
      if (!(piece instanceof Uint8Array)) throw new TypeError("a piece of the body is no Uint8Array");
      pieces.push(new Uint8Array(piece));
    }
    return concat(pieces);
  }
}

/** The bodies of the streams that were made for them. */
const bodies = new WeakMap<ReadableStream, Body>();

/** The body that a stream is. @throws TypeError if it is locked, or was read */
export function bodyOfStream(stream: ReadableStream): Body {
  const body = bodies.get(stream) ?? new Body(stream);
  return body.move();
}

/** The bytes of a source in pieces. Those of a content come from the host one by one. */
function streamOf(source: BodySource, isShared: () => boolean): ReadableStream {
  if (source instanceof Content) {
    const read = (offset: number, length: number): Bytes => pieceOf(source, offset, length);
    return streamOfPieces(read, () => isShared() || source.release());
  }
  let bytes: Bytes | undefined;
  return streamOfPieces((offset, length) => {
    bytes ??= readBytes(source);
    return bytes.slice(offset, offset + length);
  });
}

function readBytes(source: BodySource): Bytes {
  if (source instanceof Uint8Array) return source;
  if (source instanceof Content) return source.bytes;
  if (source instanceof Form) return writeMultipart(source.data, source.boundary);
  return bytesOf(new Blob(source, {}, FROM_SOURCE));
}
