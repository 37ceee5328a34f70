import { Blob, bytesOf, FROM_SOURCE } from "../files/blob.ts";
import { FormData } from "../files/form-data.ts";
import { makeBoundary, writeMultipart } from "../files/multipart.ts";
import { Content } from "../guest/content.ts";
import type { Bytes } from "../seam/bytes.ts";
import type { HandleValue } from "../seam/message-pack-reader.ts";

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
  readonly #source: BodySource;
  /** Whether another body has the same source. */
  #isShared = false;
  isUsed = false;
  /** What scripts see of it, once they have asked. */
  stream: object | undefined;

  constructor(source: BodySource) {
    this.#source = source;
  }

  /** @throws TypeError if it was taken before */
  take(): BodySource {
    this.check();
    this.isUsed = true;
    return this.#source;
  }

  /** Its bytes, which belong to the caller. @throws TypeError if it was taken before */
  read(): Bytes {
    const source = this.take();
    const bytes = readBytes(source);
    return this.#isShared || source instanceof Uint8Array ? new Uint8Array(bytes) : bytes;
  }

  /** Another body instead of this one, which then counts as used. */
  move(): Body {
    const body = new Body(this.take());
    body.#isShared = this.#isShared;
    return body;
  }

  clone(): Body {
    this.check();
    const body = new Body(this.#source);
    this.#isShared = true;
    body.#isShared = true;
    return body;
  }

  check(): void {
    if (this.isUsed) throw new TypeError("the body was used before");
  }
}

function readBytes(source: BodySource): Bytes {
  if (source instanceof Uint8Array) return source;
  if (source instanceof Content) return source.bytes;
  if (source instanceof Form) return writeMultipart(source.data, source.boundary);
  return bytesOf(new Blob(source, {}, FROM_SOURCE));
}
